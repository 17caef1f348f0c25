package dev.moat.task.process;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;
import dev.moat.api.time.TimerService;
import java.util.concurrent.locks.Condition;

/**
 * A timer on any clock of a process, periodic or not. CPU clocks stand while nothing runs, so a
 * timer on one looks again after the shortest time in which it could have expired, and less often
 * while the clock stands.
 */
@Stateful
final class IntervalTimer implements TimerListener, AutoCloseable {
    /** Floor for periods: a guest's period of one nanosecond must not occupy the timer thread. */
    private static final long SHORTEST_PERIOD_NS = 100_000;

    private static final long SHORTEST_LOOK_NS = 2_000_000;
    private static final long LONGEST_LOOK_NS = 64_000_000;

    private final Clock clock;
    private final ClockSource source;
    private final Expiry expiry;
    private final Timer timer;

    private final RankedLock lock = new RankedLock(LockRank.THREAD_GROUP);
    private final Condition told = lock.newCondition();

    /**
     * Next expiry on the source's clock, Timer.NEVER if disarmed. Guarded by lock, as all below.
     */
    private long nextNs = Timer.NEVER;

    /** An expiry was counted and is being told. */
    private boolean telling;

    private long periodNs;
    private long lookNs = SHORTEST_LOOK_NS;
    private long seenNs;

    /** Told of expiries, on the timer thread. */
    interface Expiry {
        /**
         * Called without locks.
         *
         * @param count periods that have passed since the last call, at least 1
         */
        void expired(long count);
    }

    IntervalTimer(TimerService timers, Clock clock, ClockSource source, Expiry expiry) {
        this.clock = clock;
        this.source = source;
        this.expiry = expiry;
        this.timer = timers.newTimer(this);
    }

    ClockSource source() {
        return source;
    }

    /**
     * Arms for {@code firstNs} on the source's clock ({@link Timer#NEVER} disarms); gives the old
     * setting. When this returns, expiries of that have been told: a disarmed timer sends no signal
     * (kernel/time/itimer.c waits for its handler too). The caller holds no locks.
     */
    TimerSetting set(long firstNs, long newPeriodNs) {
        lock.lock();
        try {
            while (telling) {
                told.awaitUninterruptibly();
            }
            TimerSetting old = settingLocked();
            nextNs = firstNs;
            periodNs = newPeriodNs;
            lookNs = SHORTEST_LOOK_NS;
            armLocked(source.nowNs());
            return old;
        } finally {
            lock.unlock();
        }
    }

    TimerSetting setting() {
        lock.lock();
        try {
            return settingLocked();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void expired(long monotonicNs) {
        long count;
        lock.lock();
        try {
            long nowNs = source.nowNs();
            if (nextNs == Timer.NEVER) {
                return;
            }
            if (nowNs < nextNs) {
                armLocked(nowNs);
                return;
            }
            count = 1;
            if (periodNs > 0) {
                count += (nowNs - nextNs) / periodNs;
                nextNs += count * periodNs;
            } else {
                nextNs = Timer.NEVER;
            }
            armLocked(nowNs);
            telling = true;
        } finally {
            lock.unlock();
        }
        try {
            expiry.expired(count);
        } finally {
            toldNow();
        }
    }

    private void toldNow() {
        lock.lock();
        try {
            telling = false;
            told.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        timer.close();
    }

    private TimerSetting settingLocked() {
        if (nextNs == Timer.NEVER) {
            return new TimerSetting(0, periodNs);
        }
        // A timer that is due but not served yet has at least a nanosecond left: 0 would mean
        // disarmed.
        return new TimerSetting(Math.max(1, nextNs - source.nowNs()), periodNs);
    }

    private void armLocked(long nowNs) {
        if (nextNs == Timer.NEVER) {
            timer.disarm();
            return;
        }
        long leftNs = Math.max(0, nextNs - nowNs);
        long monotonicNs = clock.monotonicNs();
        if (!source.isCpuTime()) {
            long waitNs =
                    periodNs > 0 && periodNs < SHORTEST_PERIOD_NS
                            ? Math.max(leftNs, SHORTEST_PERIOD_NS)
                            : leftNs;
            timer.arm(saturatedAdd(monotonicNs, waitNs));
            return;
        }
        lookNs = nowNs == seenNs ? Math.min(lookNs * 2, LONGEST_LOOK_NS) : SHORTEST_LOOK_NS;
        seenNs = nowNs;
        long soonestNs = leftNs / source.threads();
        timer.arm(saturatedAdd(monotonicNs, Math.max(soonestNs, lookNs)));
    }

    private static long saturatedAdd(long a, long b) {
        long sum = a + b;
        // NEVER itself would disarm.
        return sum < 0 || sum == Timer.NEVER ? Timer.NEVER - 1 : sum;
    }
}
