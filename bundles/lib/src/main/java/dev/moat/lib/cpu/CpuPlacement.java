package dev.moat.lib.cpu;

import dev.moat.api.host.HostCpus;
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

    private final HostCpus host;
    private final long[] allowed = new long[MAX_CPUS / Long.SIZE];
    private final ConcurrentMap<Placed, Boolean> placed = new ConcurrentHashMap<>();

    /** Nice value of threads that want no other. */
    private final int baseNice;

    /** Whether a nice value that was raised can be lowered again: threads are used again. */
    private final boolean canBeNice;

    /** Some thread is, or was: those that it made may be. Volatile: set by any thread. */
    private volatile boolean niceSeen;

    /** The balancer's thread while it has nothing to look at. Volatile: any thread wakes it. */
    private volatile @Nullable Thread resting;

    /** For the CPUs that process {@code processId} may use now. */
    public CpuPlacement(HostCpus host, int processId) {
        this.host = host;
        host.getAffinity(processId, allowed);
        baseNice = host.nice();
        canBeNice = host.setNice(0, baseNice - 1) >= 0;
        host.setNice(0, baseNice);
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
        pair.wakerId = waker.threadId();
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

    /** Brings a stub thread to its tracer, for good. */
    public void follow(Placed pair, int stubTid) {
        bind(pair, stubTid);
        pair.follows = true;
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

    /** A stub thread that a context gets, new or used before; by its tracer. */
    public void bind(Placed pair, int stubTid) {
        pair.stubTid = stubTid;
        if (niceSeen) {
            host.setNice(stubTid, baseNice);
        }
    }

    /** Moves both threads. Any thread. */
    public void move(Placed pair, int wanted) {
        int cpu = wanted;
        do {
            pair.cpu = cpu;
            host.pinToCpu(pair.tracerTid, cpu);
            int stub = pair.stubTid;
            if (stub != 0) {
                host.pinToCpu(stub, cpu);
            }
            // again if it has been confined to others meanwhile
            cpu = nearest(pair.wish, cpu);
        } while (cpu != pair.cpu);
    }

    private int nearest(CpuWish wish, int cpu) {
        return wish.mayUse(cpu) ? cpu : firstOf(cpusOf(wish));
    }

    private static int firstOf(long[] cpus) {
        int word = 0;
        while (cpus[word] == 0) {
            word++;
        }
        return word * Long.SIZE + Long.numberOfTrailingZeros(cpus[word]);
    }

    /**
     * Says how a context's guest thread is to be scheduled from its next entry on. Any thread.
     *
     * @param nice 0 to 19: less than others get; has no effect where the host does not let this
     *     process take it back
     * @param cpus bit n: the n-th of {@link #allowed}, all if none of those is left
     */
    public void prefer(Placed pair, int nice, long cpus) {
        long[] chosen = new long[allowed.length];
        boolean all = true;
        boolean none = true;
        int index = 0;
        for (int word = 0; word < allowed.length; word++) {
            for (long bits = allowed[word]; bits != 0; bits &= bits - 1) {
                boolean wanted = index >= Long.SIZE || (cpus >>> index & 1) != 0;
                chosen[word] |= wanted ? Long.lowestOneBit(bits) : 0;
                all &= wanted;
                none &= !wanted;
                index++;
            }
        }
        int granted = canBeNice ? nice : 0;
        if (granted != 0) {
            niceSeen = true;
        }
        pair.wish =
                granted == 0 && (all || none)
                        ? CpuWish.NONE
                        : new CpuWish(granted, all || none ? null : chosen);
    }

    /** Does what {@link #prefer} said; by the tracer, while the stub thread is stopped. */
    public void grant(Placed pair) {
        CpuWish wish = pair.wish;
        CpuWish former = pair.granted;
        pair.granted = wish;
        if (!wish.mayUse(pair.cpu)) {
            move(pair, nearest(wish, pair.cpu));
        }
        int stub = pair.stubTid;
        if (stub != 0 && !pair.follows && wish.cpus() != former.cpus()) {
            host.setAffinity(stub, cpusOf(wish));
        }
        if (stub != 0 && wish.nice() != former.nice()) {
            host.setNice(stub, Math.min(19, baseNice + wish.nice()));
        }
    }

    /** Before a context gives its stub thread back: it is to be like others again. */
    public void takeBack(Placed pair) {
        CpuWish former = pair.granted;
        int stub = pair.stubTid;
        pair.granted = CpuWish.NONE;
        if (stub != 0 && former.cpus() != null) {
            host.setAffinity(stub, allowed);
        }
        if (stub != 0 && former.nice() != 0) {
            host.setNice(stub, baseNice);
        }
    }

    /** CPUs that a pair may be moved to, as a bit set. */
    public long[] cpusOf(Placed pair) {
        return cpusOf(pair.wish);
    }

    private long[] cpusOf(CpuWish wish) {
        long[] own = wish.cpus();
        return own == null ? allowed : own;
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

        /**
         * Who woke the task last, as {@link #transitions}. Not the thread itself: that may be
         * anybody's, and is not to be kept.
         */
        long wakerId = tracer.threadId();

        /** Written by any thread, as a whole. */
        volatile CpuWish wish = CpuWish.NONE;

        /** What its stub thread has of it. The tracer's own. */
        CpuWish granted = CpuWish.NONE;

        /** The stub thread stays on the tracer's CPU. The tracer's own. */
        boolean follows;

        /** What the balancer knows of it. */
        final PairHistory history = new PairHistory();

        Placed(int tracerTid, int cpu) {
            this.tracerTid = tracerTid;
            this.cpu = cpu;
        }

        /** Whether {@link CpuPlacement#grant} has something to do. By the tracer. */
        public boolean isWishing() {
            return wish != granted;
        }
    }
}
