package dev.moat.platform.trap;

import dev.moat.api.host.HostCpus;
import dev.moat.lib.cpu.CpuPlacement;
import java.util.function.LongSupplier;

/**
 * Decides whether the two sides of one context look for each other's messages on two CPUs, or give
 * one CPU to each other. The first is far cheaper for a guest that makes one call after the other
 * while a CPU has nothing else to do, and dearer in all other cases: it is tried after a series of
 * fast calls, and given up when calls come late or in another way, then for longer each time. It is
 * given up as well when somebody wants the CPU, for some milliseconds: mostly a compiler thread of
 * our own, which is done soon.
 */
final class SpinGovernor {
    /** Calls between two decisions. */
    private static final int WINDOW = 128;

    /** Of these, calls that did not come in time: more make spinning dearer than waking. */
    private static final int MAX_MISSES = WINDOW / 16;

    /** A guest that calls less often than this has other things to do than to call. */
    private static final long FAST_CALL_NS = 20_000;

    private static final long MIN_PAUSE_NS = 5_000_000;
    private static final long MAX_PAUSE_NS = 1_000_000_000;

    /** The first and the longest time in which CPUs that are taken are not looked at again. */
    private static final long MIN_CROWD_NS = 2_000_000;

    private static final long MAX_CROWD_NS = 16_000_000;

    /** How often to look whether somebody wants a CPU; a look costs some microseconds. */
    private static final long LOOK_NS = 1_000_000;

    /** Spinning that went on for so long was right. */
    private static final long GOOD_NS = 20_000_000;

    private final Spinning wish;
    private final CpuDemand demand;
    private final HostCpus cpus;
    private final CpuPlacement placement;
    private final CpuPlacement.Placed placed;
    private final LongSupplier clockNs;
    private final long[] elsewhere;

    private boolean spinning;

    /** Whether the stub thread may not run on our CPU; its id while so. */
    private int movedTid;

    private int calls;
    private int misses;
    private long windowStartNs;
    private long sinceNs;
    private long nextLookNs;
    private long retryAtNs;
    private long pauseNs = MIN_PAUSE_NS;
    private long crowdNs = MIN_CROWD_NS;

    SpinGovernor(
            Spinning wish,
            CpuDemand demand,
            HostCpus cpus,
            CpuPlacement placement,
            CpuPlacement.Placed placed,
            LongSupplier clockNs) {
        this.wish = wish;
        this.demand = demand;
        this.cpus = cpus;
        this.placement = placement;
        this.placed = placed;
        this.clockNs = clockNs;
        elsewhere = placement.allowed().clone();
    }

    /**
     * The thread has stopped; whether to poll for its next call.
     *
     * @param tid of the stub thread
     * @param shared it has called without the host
     * @param trampoline it could have
     */
    boolean afterStop(int tid, boolean shared, boolean trampoline) {
        if (wish == Spinning.OFF) {
            return false;
        }
        if (wish == Spinning.ALWAYS) {
            return trampoline && (movedTid != 0 || shared || moveAway(tid));
        }
        if (spinning) {
            afterSpinning(shared);
        } else if (trampoline) {
            afterWaking(tid);
        }
        if (!spinning && !shared) {
            comeBack();
        }
        return spinning;
    }

    private void afterWaking(int tid) {
        calls++;
        if (calls < WINDOW) {
            return;
        }
        calls = 0;
        long now = clockNs.getAsLong();
        boolean fast = now - windowStartNs < WINDOW * FAST_CALL_NS;
        windowStartNs = now;
        if (!fast || now - retryAtNs < 0) {
            return;
        }
        if (!demand.hasFree(1)) {
            giveWay(now);
            return;
        }
        begin(tid, now);
    }

    private void begin(int tid, long now) {
        if (!moveAway(tid)) {
            pause(now);
            return;
        }
        spinning = true;
        misses = 0;
        sinceNs = now;
        nextLookNs = now + LOOK_NS;
    }

    /** Keeps the thread, which is stopped, from our CPU; false if there is no other. */
    private boolean moveAway(int tid) {
        int cpu = placed.cpu;
        System.arraycopy(placement.cpusOf(placed), 0, elsewhere, 0, elsewhere.length);
        elsewhere[cpu / Long.SIZE] &= ~(1L << cpu);
        if (cpus.setAffinity(tid, elsewhere) < 0) {
            return false;
        }
        movedTid = tid;
        return true;
    }

    private void afterSpinning(boolean shared) {
        calls++;
        misses += shared ? 0 : 1;
        if (calls < WINDOW && misses <= MAX_MISSES) {
            return;
        }
        long now = clockNs.getAsLong();
        if (misses > MAX_MISSES) {
            end(now);
            pause(now);
        } else if (now - nextLookNs >= 0) {
            nextLookNs = now + LOOK_NS;
            if (demand.isCrowded()) {
                end(now);
                giveWay(now);
            }
        }
        calls = 0;
        misses = 0;
    }

    private void end(long now) {
        spinning = false;
        windowStartNs = now;
        if (now - sinceNs > GOOD_NS) {
            pauseNs = MIN_PAUSE_NS;
            crowdNs = MIN_CROWD_NS;
        }
    }

    private void giveWay(long now) {
        retryAtNs = now + crowdNs;
        crowdNs = Math.min(MAX_CROWD_NS, crowdNs * 2);
    }

    private void pause(long now) {
        retryAtNs = now + pauseNs;
        pauseNs = Math.min(MAX_PAUSE_NS, pauseNs * 2);
    }

    /** The thread stops for something else, or leaves this context: it may run on our CPU again. */
    void comeBack() {
        if (movedTid != 0) {
            cpus.setAffinity(movedTid, placement.cpusOf(placed));
            movedTid = 0;
            spinning = false;
        }
    }
}
