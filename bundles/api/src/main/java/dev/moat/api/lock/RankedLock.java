package dev.moat.api.lock;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock with a rank. With assertions on (tests), taking it while this thread holds a lock of
 * higher rank fails.
 */
public final class RankedLock extends ReentrantLock implements Ranked {
    private static final long serialVersionUID = 1L;

    private final LockRank rank;

    public RankedLock(LockRank rank) {
        this.rank = rank;
    }

    @Override
    public LockRank rank() {
        return rank;
    }

    @Override
    public void lock() {
        assert isHeldByCurrentThread() || HeldLocks.checkAndPush(this);
        super.lock();
    }

    @Override
    public void unlock() {
        super.unlock();
        assert isHeldByCurrentThread() || HeldLocks.pop(this);
    }
}
