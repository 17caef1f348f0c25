package dev.moat.api.namespace;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a task (Linux {@code nsproxy}): one of each kind. Never changes; shared by the
 * tasks that are in the same ones, counted. Thread safe.
 */
@Stateful
public final class Namespaces implements AutoCloseable {
    private static final String PART = "namespaces.first";

    /** By the place of their kind in {@link NamespaceKind}. */
    private final Namespace[] all;

    /** Where children are born, if it is another time namespace than that of the task. */
    private final @Nullable Namespace timeOfChildren;

    /** Numbers of the sandbox' namespaces. */
    private final AtomicLong numbers;

    private final AtomicInteger users = new AtomicInteger(1);

    private Namespaces(Namespace[] all, @Nullable Namespace timeOfChildren, AtomicLong numbers) {
        this.all = all;
        this.timeOfChildren = timeOfChildren;
        this.numbers = numbers;
    }

    /** Those of a sandbox' first task; the sandbox keeps them until it ends. */
    public static Namespaces firstOf(Sandbox sandbox) {
        return (Namespaces) sandbox.part(PART, Namespaces::first);
    }

    private static Namespaces first() {
        NamespaceKind[] kinds = NamespaceKind.values();
        Namespace[] all = new Namespace[kinds.length];
        long last = 0;
        for (NamespaceKind kind : kinds) {
            all[kind.ordinal()] = new Namespace(kind, kind.firstNumber(), UserView.First.INSTANCE);
            last = Math.max(last, kind.firstNumber());
        }
        return new Namespaces(all, null, new AtomicLong(last));
    }

    /** That of the task itself; of kind PID: that of its children. */
    public Namespace get(NamespaceKind kind) {
        return all[kind.ordinal()];
    }

    /** How its clocks go. */
    public TimeSpace time() {
        return TimeSpace.of(get(NamespaceKind.TIME));
    }

    /** The time namespace of its children, and of the programs that it executes. */
    public Namespace timeForChildren() {
        return timeOfChildren == null ? get(NamespaceKind.TIME) : timeOfChildren;
    }

    /** Whether children, and programs, are in another time namespace. */
    public boolean changesTime() {
        return timeOfChildren != null;
    }

    /** A namespace of its own kind for the caller, who has one use of it, of {@code owner}. */
    public Namespace fresh(NamespaceKind kind, UserView owner) {
        return new Namespace(kind, numbers.incrementAndGet(), owner);
    }

    /**
     * The same with others in place of some; with another time namespace that of children, too.
     *
     * @param others by kind; one use of each passes on
     * @return one use of it is the caller's
     */
    public Namespaces with(Map<NamespaceKind, Namespace> others) {
        boolean joinsTime = others.containsKey(NamespaceKind.TIME);
        return mix(others, joinsTime ? null : retained(timeOfChildren));
    }

    /**
     * As {@link #with}, but a time namespace among the others is for children: unshare(2).
     *
     * @param fresh by kind; one use of each passes on
     */
    public Namespaces withFresh(Map<NamespaceKind, Namespace> fresh) {
        Map<NamespaceKind, Namespace> others = new EnumMap<>(NamespaceKind.class);
        others.putAll(fresh);
        Namespace time = others.remove(NamespaceKind.TIME);
        return mix(others, time == null ? retained(timeOfChildren) : time);
    }

    /**
     * The same in the time namespace for children, whose offsets stay as they are from now on:
     * timens_on_fork.
     *
     * @return one use of it is the caller's
     */
    public Namespaces enterTime() {
        Namespace entered = timeForChildren();
        TimeSpace.of(entered).settle();
        entered.retain();
        return mix(Map.of(NamespaceKind.TIME, entered), null);
    }

    private static @Nullable Namespace retained(@Nullable Namespace namespace) {
        if (namespace != null) {
            namespace.retain();
        }
        return namespace;
    }

    private Namespaces mix(Map<NamespaceKind, Namespace> others, @Nullable Namespace ofChildren) {
        Namespace[] mixed = all.clone();
        for (int i = 0; i < mixed.length; i++) {
            Namespace other = others.get(mixed[i].kind());
            if (other == null) {
                mixed[i].retain();
            } else {
                mixed[i] = other;
            }
        }
        return new Namespaces(mixed, ofChildren, numbers);
    }

    /** The sandbox has ended. */
    @Override
    public void close() {
        release();
    }

    /** One more task. */
    public void retain() {
        users.incrementAndGet();
    }

    /** One less; the last one gives the namespaces back. */
    public void release() {
        if (users.decrementAndGet() == 0) {
            for (Namespace namespace : all) {
                namespace.release();
            }
            if (timeOfChildren != null) {
                timeOfChildren.release();
            }
        }
    }
}
