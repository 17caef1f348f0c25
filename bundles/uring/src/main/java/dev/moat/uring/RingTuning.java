package dev.moat.uring;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;

/**
 * What may be set of a ring that works: which clock waits go by, and how many workers it may have.
 */
@Stateful
final class RingTuning {
    private static final int WORKERS_A_CPU = 4;

    /** Volatile: set by any task, read by those that wait. */
    private volatile int clockId = Clocks.CLOCK_MONOTONIC;

    /** As the guest reads them back; one worker serves all rings, which is never more. */
    private volatile int boundedWorkers;

    private volatile int unboundedWorkers;

    RingTuning(Task maker, RingSettings settings) {
        int cpus = Runtime.getRuntime().availableProcessors();
        boundedWorkers = Math.min(settings.layout().entries(), WORKERS_A_CPU * cpus);
        long most = maker.group().limits().soft(Rlimits.RLIMIT_NPROC);
        unboundedWorkers = (int) Math.clamp(most, 0, Integer.MAX_VALUE);
    }

    /** How far the clock of waits is ahead of the monotonic one. */
    long offsetNs(Clock clock) {
        return clockId == Clocks.CLOCK_BOOTTIME ? clock.boottimeNs() - clock.monotonicNs() : 0;
    }

    /** IORING_REGISTER_CLOCK: EINVAL. */
    void setClock(int id) {
        if (id != Clocks.CLOCK_MONOTONIC && id != Clocks.CLOCK_BOOTTIME) {
            throw Errno.EINVAL.exception();
        }
        clockId = id;
    }

    /**
     * IORING_REGISTER_IOWQ_MAX_WORKERS.
     *
     * @param counts bounded and unbounded; 0: as it was; they are exchanged for what was
     */
    void exchangeWorkers(int[] counts) {
        if (counts[0] < 0 || counts[1] < 0) {
            throw Errno.EINVAL.exception();
        }
        int bounded = boundedWorkers;
        int unbounded = unboundedWorkers;
        boundedWorkers = counts[0] == 0 ? bounded : counts[0];
        unboundedWorkers = counts[1] == 0 ? unbounded : counts[1];
        counts[0] = bounded;
        counts[1] = unbounded;
    }
}
