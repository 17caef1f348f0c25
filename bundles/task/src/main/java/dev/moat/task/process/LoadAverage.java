package dev.moat.task.process;

import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Exponentially damped number of runnable tasks: kernel/sched/loadavg.c. Sampled when tasks come
 * and when somebody asks, not by a timer, so that an idle sandbox stays idle: between two samples
 * the number counts as constant.
 */
@Stateful
final class LoadAverage {
    private static final double[] MINUTES = {1, 5, 15};
    private static final double NS_PER_MINUTE = 60e9;

    /** Linux samples every five seconds; more often costs and tells nothing. */
    private static final long INTERVAL_NS = 5_000_000_000L;

    private final Clock clock;

    /** Leaf: nothing is taken while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by lock, as all below. */
    private final double[] averages = new double[MINUTES.length];

    private long sampledAtNs;
    private int lastRunnable;

    LoadAverage(Clock clock) {
        this.clock = clock;
        this.sampledAtNs = clock.monotonicNs();
    }

    void sample(int runnable) {
        lock.lock();
        try {
            long passedNs = clock.monotonicNs() - sampledAtNs;
            if (passedNs < INTERVAL_NS) {
                lastRunnable = runnable;
                return;
            }
            for (int i = 0; i < averages.length; i++) {
                double kept = Math.exp(-passedNs / (MINUTES[i] * NS_PER_MINUTE));
                averages[i] = averages[i] * kept + lastRunnable * (1 - kept);
            }
            sampledAtNs += passedNs;
            lastRunnable = runnable;
        } finally {
            lock.unlock();
        }
    }

    double[] averages() {
        lock.lock();
        try {
            return averages.clone();
        } finally {
            lock.unlock();
        }
    }
}
