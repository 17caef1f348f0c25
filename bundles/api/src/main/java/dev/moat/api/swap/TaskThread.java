package dev.moat.api.swap;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.PayingThread;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The platform thread of a task, from its first act to its last: platforms bind guest threads to
 * it. Between two calls of its body it holds nothing that belongs to a bundle, neither on its stack
 * nor in a local variable; there it parks while its sandbox is at the {@link SafePoint}, and reads
 * its body anew before it goes on.
 */
public final class TaskThread {
    /** Virtual, not resident: handlers recurse little, but interpreted frames are large. */
    private static final long STACK_BYTES = 512 * 1024;

    private final TaskThreads pool;
    private final SafePoint safePoint;

    private final Thread thread;

    /**
     * What the thread runs; null while it is idle. Volatile: given by the starter, exchanged by a
     * swap.
     */
    private volatile @Nullable Body body;

    /** The host's id of the thread; 0 until it has run a task. Written by itself. */
    private volatile int hostTid;

    /** Something to do at the safe point; volatile: posted by whoever holds it. */
    private volatile @Nullable Round round;

    /** What it is doing at the safe point. Volatile: read by whoever holds it. */
    private volatile @Nullable Round doing;

    /** Which safe point it waits at. Guarded by the safe point's lock. */
    long arrivedAt;

    TaskThread(TaskThreads pool, SafePoint safePoint, String idleName) {
        this.pool = pool;
        this.safePoint = safePoint;
        this.thread = new PayingThread(this::live, idleName, STACK_BYTES);
    }

    /** What a task does. */
    public interface Body {
        /** Runs until the end, or until the safe point is requested; may be called again then. */
        Next run();

        /**
         * Makes {@link #run} return soon because the safe point is requested. Any thread; called
         * with no locks held. What it has set in motion is taken back by the next {@link #run}.
         */
        void kick();

        /** Whose body it is, for operators. */
        @Override
        String toString();
    }

    /** Why a body has come back. */
    public enum Next {
        /** It is at a point where it may be exchanged. */
        PARK,
        /** It has nothing more to do. */
        END
    }

    /**
     * Runs {@code first} on the thread.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN if the host has no more threads, or the safe point
     *     is held
     */
    public void start(String name, Body first) {
        try {
            safePoint.add(this);
        } catch (RuntimeException e) {
            pool.giveBack(this);
            throw e;
        }
        thread.setName(name);
        body = first;
        if (thread.isAlive()) {
            LockSupport.unpark(thread);
            return;
        }
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // "unable to create native thread": the host's limit
            body = null;
            safePoint.remove(this);
            throw Errno.EAGAIN.exception();
        }
    }

    /** The host's id of the thread, told by {@link #tellHostTid}; 0 if it is not known yet. */
    public int hostTid() {
        return hostTid;
    }

    /** Tells the id of the calling thread, which is this one. */
    public void tellHostTid(int tid) {
        hostTid = tid;
    }

    /** What it runs; null before its start and after its end. */
    public @Nullable Body body() {
        return body;
    }

    /** Puts another body in place; at the safe point only. */
    public void exchangeBody(Body successor) {
        body = successor;
    }

    /** Wakes the thread from a {@link LockSupport#park}. */
    public void unpark() {
        LockSupport.unpark(thread);
    }

    /** Whether the caller runs on this thread. */
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    void kick() {
        Body running = body;
        if (running != null) {
            running.kick();
        }
    }

    /** Whether it was not waited for in an earlier round, and has not come back yet. */
    boolean isLeftBehind() {
        Round earlier = doing;
        return earlier != null && earlier.hasLeftBehind(this);
    }

    void post(Round work) {
        round = work;
        LockSupport.unpark(thread);
    }

    /** Does posted work, or sleeps until there is some or the safe point is left. */
    void await(Object reason) {
        Round work = round;
        if (work == null) {
            LockSupport.park(reason);
            return;
        }
        round = null;
        doing = work;
        try {
            work.run(this);
        } finally {
            doing = null;
        }
    }

    boolean isIdle() {
        return body == null;
    }

    Thread thread() {
        return thread;
    }

    private void live() {
        MethodHandle run = runHandle();
        do {
            try {
                do {
                    safePoint.pass(this);
                } while (runBody(run) == Next.PARK);
            } finally {
                body = null;
                safePoint.remove(this);
            }
        } while (pool.awaitBody(this));
    }

    /** A frame of its own: the caller keeps no reference to the body while it is parked. */
    private Next runBody(MethodHandle run) {
        Body current = body;
        if (current == null) {
            return Next.END;
        }
        try {
            return (Next) run.invokeExact(current);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Calls {@link Body#run}. A plain call, or a handle that the compiler knows, would be inlined:
     * bodies of bundles would become part of the compiled {@link #live}, which never ends, and
     * their class loaders would stay after a swap for as long as the thread lives.
     */
    private static MethodHandle runHandle() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(Body.class, "run", MethodType.methodType(Next.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("Body.run", e);
        }
    }
}
