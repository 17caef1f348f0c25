package dev.moat.task.process;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.locks.ReentrantLock;

/** A sum of usages that several tasks add to. */
@Stateful
final class UsageSum {
    /** Leaf: nothing is taken while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Written under lock, read by anybody. */
    private volatile Usage total = Usage.NONE;

    Usage total() {
        return total;
    }

    void add(Usage usage) {
        lock.lock();
        try {
            total = total.plus(usage);
        } finally {
            lock.unlock();
        }
    }
}
