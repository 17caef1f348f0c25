package dev.moat.api.lock;

import java.util.concurrent.locks.StampedLock;

/**
 * A {@link StampedLock} with a rank, for data that is read far more often than changed. Not
 * reentrant. With assertions on (tests), taking it while this thread holds a lock of higher rank
 * fails.
 */
public final class RankedStampedLock implements Ranked {
    private final StampedLock lock = new StampedLock();
    private final LockRank rank;

    public RankedStampedLock(LockRank rank) {
        this.rank = rank;
    }

    @Override
    public LockRank rank() {
        return rank;
    }

    /** Begins a read without a lock; 0 while a writer is at work. */
    public long tryOptimisticRead() {
        return lock.tryOptimisticRead();
    }

    /** Whether no writer came since {@code stamp} was given; always false for 0. */
    public boolean validate(long stamp) {
        return lock.validate(stamp);
    }

    /**
     * Begins a read: without the lock if no writer is at work, else with it. What is read may be
     * used only if {@link #endRead} says so; nothing may be taken or thrown in between.
     */
    public long beginRead() {
        long stamp = lock.tryOptimisticRead();
        return stamp != 0 ? stamp : readLock();
    }

    /** Ends a read; false if a writer came between: read again. */
    public boolean endRead(long stamp) {
        if (StampedLock.isReadLockStamp(stamp)) {
            unlockRead(stamp);
            return true;
        }
        return lock.validate(stamp);
    }

    public long readLock() {
        assert HeldLocks.checkAndPush(this);
        return lock.readLock();
    }

    public void unlockRead(long stamp) {
        lock.unlockRead(stamp);
        assert HeldLocks.pop(this);
    }

    public long writeLock() {
        assert HeldLocks.checkAndPush(this);
        return lock.writeLock();
    }

    public void unlockWrite(long stamp) {
        lock.unlockWrite(stamp);
        assert HeldLocks.pop(this);
    }

    public boolean isWriteLocked() {
        return lock.isWriteLocked();
    }
}
