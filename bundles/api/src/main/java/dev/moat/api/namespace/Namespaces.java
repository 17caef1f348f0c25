package dev.moat.api.namespace;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The namespaces of a task (Linux {@code nsproxy}): one of each kind. Never changes; shared by the
 * tasks that are in the same ones, counted. Thread safe.
 */
@Stateful
public final class Namespaces implements AutoCloseable {
    private static final String PART = "namespaces.first";

    /** By the place of their kind in {@link NamespaceKind}. */
    private final Namespace[] all;

    /** Numbers of the sandbox' namespaces. */
    private final AtomicLong numbers;

    private final AtomicInteger users = new AtomicInteger(1);

    private Namespaces(Namespace[] all, AtomicLong numbers) {
        this.all = all;
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
        return new Namespaces(all, new AtomicLong(last));
    }

    public Namespace get(NamespaceKind kind) {
        return all[kind.ordinal()];
    }

    /** A namespace of its own kind for the caller, who has one use of it, of {@code owner}. */
    public Namespace fresh(NamespaceKind kind, UserView owner) {
        return new Namespace(kind, numbers.incrementAndGet(), owner);
    }

    /**
     * The same with others in place of some.
     *
     * @param others by kind; one use of each passes on
     * @return one use of it is the caller's
     */
    public Namespaces with(Map<NamespaceKind, Namespace> others) {
        Namespace[] mixed = all.clone();
        for (int i = 0; i < mixed.length; i++) {
            Namespace other = others.get(mixed[i].kind());
            if (other == null) {
                mixed[i].retain();
            } else {
                mixed[i] = other;
            }
        }
        return new Namespaces(mixed, numbers);
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
        }
    }
}
