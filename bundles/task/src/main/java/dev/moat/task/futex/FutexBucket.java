package dev.moat.task.futex;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Waiters of the futexes with one hash, the highest priority first, then in order of arrival. */
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
        int place = waiters.size();
        while (place > 0 && waiters.get(place - 1).rank > waiter.rank) {
            place--;
        }
        waiters.add(place, waiter);
        waiter.bucket = this;
        occupied = true;
    }

    void removeLocked(FutexWaiter waiter) {
        waiters.remove(waiter);
        waiter.bucket = null;
        occupied = !waiters.isEmpty();
    }

    /** The waiter on {@code key} that is next. */
    @Nullable FutexWaiter firstLocked(FutexKey key) {
        for (FutexWaiter waiter : waiters) {
            if (waiter.key.equals(key)) {
                return waiter;
            }
        }
        return null;
    }

    /**
     * Takes out up to {@code limit} waiters on {@code key} that match {@code bitset}, in their
     * order; ends at one that waits for a priority-inheritance futex.
     *
     * @return whether it met such a one
     */
    boolean takeLocked(FutexKey key, int limit, int bitset, List<FutexWaiter> taken) {
        Iterator<FutexWaiter> all = waiters.iterator();
        boolean metPi = false;
        int end =
                limit > Integer.MAX_VALUE - taken.size() ? Integer.MAX_VALUE : taken.size() + limit;
        while (taken.size() < end && !metPi && all.hasNext()) {
            FutexWaiter waiter = all.next();
            if (!waiter.key.equals(key)) {
                continue;
            }
            if (waiter.isForPi()) {
                metPi = true;
            } else if ((waiter.bitset & bitset) != 0) {
                all.remove();
                waiter.bucket = null;
                taken.add(waiter);
            }
        }
        occupied = !waiters.isEmpty();
        return metPi;
    }
}
