package dev.moat.task.futex;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Waiters of the futexes with one hash, in order of arrival. */
@Stateful
final class FutexBucket {
    /** Place in the table: the order in which two buckets are locked. */
    final int index;

    final RankedLock lock = new RankedLock(LockRank.FUTEX);

    /** Guarded by lock. */
    private final List<FutexWaiter> waiters = new ArrayList<>(0);

    /** Copy of whether there are waiters; volatile so that a wake of nobody costs no lock. */
    private volatile boolean occupied;

    FutexBucket(int index) {
        this.index = index;
    }

    boolean isEmpty() {
        return !occupied;
    }

    void addLocked(FutexWaiter waiter) {
        waiters.add(waiter);
        waiter.bucket = this;
        occupied = true;
    }

    void removeLocked(FutexWaiter waiter) {
        waiters.remove(waiter);
        waiter.bucket = null;
        occupied = !waiters.isEmpty();
    }

    /**
     * Takes out up to {@code limit} waiters on {@code key} that match {@code bitset}, oldest first.
     */
    List<FutexWaiter> takeLocked(FutexKey key, int limit, int bitset) {
        List<FutexWaiter> taken = new ArrayList<>();
        Iterator<FutexWaiter> all = waiters.iterator();
        while (taken.size() < limit && all.hasNext()) {
            FutexWaiter waiter = all.next();
            if ((waiter.bitset & bitset) != 0 && waiter.key.equals(key)) {
                all.remove();
                waiter.bucket = null;
                taken.add(waiter);
            }
        }
        occupied = !waiters.isEmpty();
        return taken;
    }
}
