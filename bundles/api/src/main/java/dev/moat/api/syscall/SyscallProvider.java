package dev.moat.api.syscall;

import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** OSGi service of each bundle that serves system calls. */
@ConsumerType
public interface SyscallProvider {
    /** Subsystem name for the table: {@code vfs}, {@code mm}, {@code task}... */
    String subsystem();

    /** Objects with {@link Syscall} methods. */
    List<Object> handlers();

    /**
     * Whether its calls take the place of those that other subsystems serve under the same numbers:
     * one family of system calls, replaced on its own. Without, a number that is served twice is a
     * mistake, and the calls of the later provider are left out.
     */
    default boolean isOverlay() {
        return false;
    }

    /** Lookup with access to those methods: {@code MethodHandles.lookup()} of the provider. */
    MethodHandles.Lookup lookup();
}
