package dev.moat.api.namespace;

import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How a pid namespace numbers tasks, processes, process groups and sessions: pid_namespaces(7).
 * Everywhere in the kernel they go by the numbers of the first namespace; what is told to guests,
 * or comes from them, passes a view. Thread safe, without locks.
 */
@ProviderType
public interface PidView {
    /** Its name in a {@link Namespace}. */
    String PART = "pid.view";

    /** That of a namespace of kind PID. */
    static PidView of(Namespace namespace) {
        Supplier<PidView> first = () -> First.INSTANCE;
        return (PidView) namespace.part(PART, first);
    }

    /** How many namespaces are above. */
    int level();

    /** The one above; the first one is above itself. */
    PidView parent();

    /** Whether it has, or had, a process 1: before the first birth it cannot be joined. */
    default boolean isStarted() {
        return true;
    }

    /** The number of what the kernel knows as {@code id}; 0 if it is not within the namespace. */
    int seen(int id);

    /** What the kernel knows it as; -1 if nobody here has the number. */
    int meant(int number);

    /** Whether this is {@code other} or below it. */
    default boolean isWithin(PidView other) {
        PidView at = this;
        while (at.level() > other.level()) {
            at = at.parent();
        }
        return at == other;
    }

    /** The first namespace, whose numbers are the kernel's own. */
    enum First implements PidView {
        INSTANCE;

        @Override
        public int level() {
            return 0;
        }

        @Override
        public PidView parent() {
            return this;
        }

        @Override
        public int seen(int id) {
            return id;
        }

        @Override
        public int meant(int number) {
            return number;
        }
    }
}
