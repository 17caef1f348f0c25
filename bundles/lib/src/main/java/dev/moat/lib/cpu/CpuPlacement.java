package dev.moat.lib.cpu;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Keeps tracer and tracee on one CPU: handing over to a thread of the same CPU costs a context
 * switch, to one of another CPU an interrupt as well (a factor of ten on virtual machines).
 *
 * <p>A new context starts on the CPU of the thread that made its thread, that is where its parent
 * runs: processes that talk to each other stay together. Those that stand in each other's way are
 * moved apart by the {@link CpuBalancer}.
 */
public final class CpuPlacement {
    private static final int MAX_CPUS = 1024;

    private final CpuHost host;
    private final long[] allowed = new long[MAX_CPUS / Long.SIZE];
    private final ConcurrentMap<Placed, Boolean> placed = new ConcurrentHashMap<>();

    /** For the CPUs that process {@code processId} may use now. */
    public CpuPlacement(CpuHost host, int processId) {
        this.host = host;
        host.getAffinity(processId, allowed);
    }

    /** CPUs in use, as a bit set. */
    public long[] allowed() {
        return allowed;
    }

    /** Pins the calling thread, the tracer of a new context. */
    public Placed place() {
        int cpu = host.currentCpu();
        Placed pair = new Placed(host.threadId(), cpu);
        host.pinToCpu(0, cpu);
        placed.put(pair, true);
        return pair;
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

        /** Written by the tracer and the balancer; each re-reads it after acting on it. */
        public volatile int cpu;

        /** 0: none yet. Written by the tracer. */
        public volatile int stubTid;

        /**
         * Entries into and returns from the guest: odd while it runs. Not volatile: a hint for the
         * balancer, which may well see it late.
         */
        public long transitions;

        /** The balancer's memory. */
        long seenTransitions;

        long seenWaitNs;
        long seenBusyNs;

        Placed(int tracerTid, int cpu) {
            this.tracerTid = tracerTid;
            this.cpu = cpu;
        }
    }
}
