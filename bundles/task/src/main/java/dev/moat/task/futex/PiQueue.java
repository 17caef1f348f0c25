package dev.moat.task.futex;

import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of one priority-inheritance futex, the highest priority first, then in order of
 * arrival: kernel/locking/rtmutex.c. Guarded by the lock of {@link PiFutexes}.
 */
@Stateful
final class PiQueue {
    private int owner;
    private final List<PiWaiter> waiters = new ArrayList<>(2);

    PiQueue(int owner) {
        this.owner = owner;
    }

    /** Thread id of who holds the futex. */
    int owner() {
        return owner;
    }

    void setOwner(int tid) {
        owner = tid;
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    @Nullable PiWaiter first() {
        return waiters.isEmpty() ? null : waiters.getFirst();
    }

    /** Puts a waiter behind all of its rank. */
    void add(PiWaiter waiter) {
        int place = waiters.size();
        while (place > 0 && waiters.get(place - 1).rank > waiter.rank) {
            place--;
        }
        waiters.add(place, waiter);
    }

    /** Takes a waiter out; gives whether it was there. */
    boolean remove(PiWaiter waiter) {
        return waiters.remove(waiter);
    }
}
