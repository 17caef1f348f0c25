package dev.moat.lib.cpu;

import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tracer and tracee on one CPU: handing over to a thread of the same CPU costs a context
 * switch, to one of another CPU an interrupt as well (a factor of ten on virtual machines).
 *
 * <p>A new context starts on the CPU of the thread that made or woke its thread, that is where its
 * parent runs: processes that talk to each other stay together. Those that stand in each other's
 * way are moved apart, and those that wake each other are brought together, by the {@link
 * CpuBalancer}.
 */
public final class CpuPlacement {
    private static final int MAX_CPUS = 1024;

    private final CpuHost host;
    private final long[] allowed = new long[MAX_CPUS / Long.SIZE];
    private final ConcurrentMap<Placed, Boolean> placed = new ConcurrentHashMap<>();

    /** The balancer's thread while it has nothing to look at. Volatile: any thread wakes it. */
    private volatile @Nullable Thread resting;

    /** For the CPUs that process {@code processId} may use now. */
    public CpuPlacement(CpuHost host, int processId) {
        this.host = host;
        host.getAffinity(processId, allowed);
    }

    /** CPUs in use, as a bit set. */
    public long[] allowed() {
        return allowed;
    }

    /** Whether there is a choice. */
    boolean hasOneCpu() {
        int count = 0;
        for (long word : allowed) {
            count += Long.bitCount(word);
        }
        return count <= 1;
    }

    /** Pins the calling thread, the tracer of a new context. */
    public Placed place() {
        int cpu = host.currentCpu();
        Placed pair = new Placed(host.threadId(), cpu);
        host.pinToCpu(0, cpu);
        placed.put(pair, true);
        stir();
        return pair;
    }

    /**
     * A context's task has slept. By its tracer.
     *
     * @param waker who woke it; its own thread if nobody did
     */
    public void awoke(Placed pair, Thread waker) {
        pair.waker = waker;
        pair.sleeps++;
        // against the balancer's going to rest: it says so before its last look
        VarHandle.fullFence();
        stir();
    }

    private void stir() {
        Thread balancer = resting;
        if (balancer != null) {
            resting = null;
            LockSupport.unpark(balancer);
        }
    }

    /** The balancer, on its own thread, is about to look once more and then to park. */
    void rest() {
        resting = Thread.currentThread();
        VarHandle.fullFence();
    }

    /** The balancer does not park, or has. */
    void stopResting() {
        resting = null;
    }

    /** Brings a stub thread to its tracer. */
    public void follow(Placed pair, int stubTid) {
        pair.stubTid = stubTid;
        int cpu;
        do {
            cpu = pair.cpu;
            host.pinToCpu(stubTid, cpu);
            // again if the balancer came in between
        } while (cpu != pair.cpu);
    }

    /** Brings a stub thread to the CPU of the calling thread. */
    public void followCaller(int stubTid) {
        host.pinToCpu(stubTid, host.currentCpu());
    }

    /** Brings a sleeping tracer, which has no context yet, to the CPU of the calling thread. */
    public void bringHere(int tracerTid) {
        host.pinToCpu(tracerTid, host.currentCpu());
    }

    /** Moves both threads. Any thread. */
    public void move(Placed pair, int cpu) {
        pair.cpu = cpu;
        host.pinToCpu(pair.tracerTid, cpu);
        int stub = pair.stubTid;
        if (stub != 0) {
            host.pinToCpu(stub, cpu);
        }
    }

    /** Lets a thread that is about to end do that elsewhere. */
    public void scatter(int tid) {
        host.setAffinity(tid, allowed);
    }

    public Collection<Placed> pairs() {
        return placed.keySet();
    }

    /** The context has ended. Its thread stays where it is: it is for tasks only. */
    public void release(Placed pair) {
        placed.remove(pair);
    }

    /** A tracer and its stub thread. */
    public static final class Placed {
        final int tracerTid;
        final Thread tracer = Thread.currentThread();

        /** Written by the tracer and the balancer; each re-reads it after acting on it. */
        public volatile int cpu;

        /** 0: none yet. Written by the tracer. */
        public volatile int stubTid;

        /**
         * Entries into and returns from the guest: odd while it runs. Not volatile: a hint for the
         * balancer, which may well see it late.
         */
        public long transitions;

        /** How often its task slept; as {@link #transitions}. */
        long sleeps;

        /** Who woke the task last; as {@link #transitions}. */
        Thread waker = tracer;

        /** What the balancer knows of it. */
        final PairHistory history = new PairHistory();

        Placed(int tracerTid, int cpu) {
            this.tracerTid = tracerTid;
            this.cpu = cpu;
        }
    }
}
