package dev.moat.api.task;

import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Waiters for one condition source (a pipe, a child's state, a futex). A waiter is told of events;
 * it decides itself whether its condition holds. Listeners are called without the queue's lock.
 */
public final class WaitQueue {
    /** All events. */
    public static final int ANY = -1;

    /** So many waiters are looked through; more are found by their hash. */
    private static final int FEW = 64;

    private final RankedLock lock = new RankedLock(LockRank.WAIT_QUEUE);

    /** In the order of arrival; a waiter may stand here more than once. */
    private final List<Waiter> waiters = new ArrayList<>(2);

    /**
     * All waiters with their number of registrations, from the time that they are more than {@link
     * #FEW} until the last has left; the list is empty meanwhile.
     */
    private @Nullable Map<Waiter, Integer> crowd;

    /** Copy of whether anybody waits; volatile so that a wake without waiters costs one load. */
    private volatile boolean occupied;

    /** One registration. */
    public interface Waiter {
        /**
         * Tells that {@code events} (POLL* bits) happened. Short, takes no kernel locks of rank
         * WAIT_QUEUE or below other than the waiter's own.
         *
         * @return whether this waiter consumes an exclusive wake-up
         */
        boolean woken(int events);

        /**
         * Whether one of those who say so is enough for an event: WQ_FLAG_EXCLUSIVE,
         * EPOLLEXCLUSIVE.
         */
        default boolean isExclusive() {
            return false;
        }
    }

    /** Registers a waiter; the caller takes it out again with {@link #remove}. */
    public void add(Waiter waiter) {
        lock.lock();
        try {
            addLocked(waiter);
            occupied = true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a waiter out, if it is in. */
    public void remove(Waiter waiter) {
        lock.lock();
        try {
            removeLocked(waiter);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Wakes everybody; of the exclusive waiters only the first that consumes the event, unless it
     * is a hang-up, which concerns them all.
     */
    public void wakeAll(int events) {
        if (!occupied) {
            return;
        }
        boolean consumed = false;
        for (Waiter waiter : copy()) {
            if (!waiter.isExclusive()) {
                waiter.woken(events);
            } else if (!consumed) {
                consumed = waiter.woken(events) && (events & PollFlags.POLLHUP) == 0;
            }
        }
    }

    /**
     * Wakes waiters in order until {@code count} of them have consumed the wake-up; gives how many.
     */
    public int wake(int count, int events) {
        if (!occupied) {
            return 0;
        }
        int consumed = 0;
        for (Waiter waiter : copy()) {
            if (consumed == count) {
                break;
            }
            if (waiter.woken(events)) {
                consumed++;
            }
        }
        return consumed;
    }

    /** Whether nobody waits. */
    public boolean isEmpty() {
        return !occupied;
    }

    private void addLocked(Waiter waiter) {
        Map<Waiter, Integer> many = crowd;
        if (many == null && waiters.size() < FEW) {
            waiters.add(waiter);
            return;
        }
        if (many == null) {
            many = new LinkedHashMap<>();
            for (Waiter early : waiters) {
                many.merge(early, 1, Integer::sum);
            }
            waiters.clear();
            crowd = many;
        }
        many.merge(waiter, 1, Integer::sum);
    }

    private Waiter[] copy() {
        lock.lock();
        try {
            Map<Waiter, Integer> many = crowd;
            return (many == null ? waiters : many.keySet()).toArray(new Waiter[0]);
        } finally {
            lock.unlock();
        }
    }

    private void removeLocked(Waiter waiter) {
        Map<Waiter, Integer> many = crowd;
        if (many == null) {
            waiters.remove(waiter);
            occupied = !waiters.isEmpty();
            return;
        }
        many.computeIfPresent(waiter, (same, times) -> times == 1 ? null : times - 1);
        if (many.isEmpty()) {
            crowd = null;
            occupied = false;
        }
    }
}
