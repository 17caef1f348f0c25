package dev.moat.task.futex;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FutexOps;
import dev.moat.abi.Restart;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * FUTEX_LOCK_PI and its family. The word holds the owner's thread id; the kernel hands the lock
 * over to the waiter of the highest priority. An owner inherits the priorities of those who wait
 * for it in so far as it waits itself: the host schedules all tasks alike. Source:
 * kernel/futex/pi.c, kernel/locking/rtmutex.c.
 */
@Stateful(version = 2, upgrade = PiFutexesUpgrade.class)
public final class PiFutexes {
    /** Whether to wait for the lock. */
    public enum Mode {
        LOCK,
        TRY
    }

    /** As long a chain of owners is followed as by kernel/locking/rtmutex.c max_lock_depth. */
    private static final int MAX_LOCK_DEPTH = 1024;

    /** Below the memory locks: the word is read and written under it. */
    private final RankedLock lock = new RankedLock(LockRank.THREAD_GROUP);

    /** Futexes with waiters. Guarded by lock. */
    private final Map<FutexKey, PiQueue> queues = new HashMap<>();

    /** The futexes with waiters that a task owns, by thread id. Guarded by lock. */
    private final Map<Integer, List<PiQueue>> owned = new HashMap<>();

    /** How a task waits, by thread id. Guarded by lock. */
    private final Map<Integer, PiWaiter> waiting = new HashMap<>();

    /** Copy of whether there are waiters; volatile so that plain operations look without lock. */
    private volatile boolean occupied;

    RankedLock lock() {
        return lock;
    }

    /** Whether somebody waits for this futex. */
    boolean hasWaiters(FutexKey key) {
        if (!occupied) {
            return false;
        }
        lock.lock();
        try {
            return queues.containsKey(key);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the lock.
     *
     * @return 0, -ETIMEDOUT, or a restart code
     * @throws ErrnoException EDEADLK, ESRCH if the owner does not exist, EAGAIN for a try, EFAULT
     */
    public long acquire(
            Task task, Sleeper sleeper, long userAddr, FutexKey key, Mode mode, long deadlineNs) {
        PiWaiter waiter = new PiWaiter(task, sleeper, userAddr, key);
        lock.lock();
        try {
            if (mode == Mode.TRY) {
                tryLocked(task, waiter);
                return 0;
            }
            if (takeOrQueueLocked(task, userAddr, waiter, 0)) {
                return 0;
            }
        } finally {
            lock.unlock();
        }
        return await(waiter, sleeper, deadlineNs);
    }

    /** Goes on with a wait that the safe point interrupted: {@link #acquire}. */
    public long resume(Task task, Sleeper sleeper, long deadlineNs) {
        return await(FutexTable.taken(task, PiWaiter.class), sleeper, deadlineNs);
    }

    private long await(PiWaiter waiter, Sleeper sleeper, long deadlineNs) {
        Blocker.Outcome outcome;
        try {
            outcome = sleeper.await(waiter, deadlineNs);
        } catch (WaitSuspended e) {
            // It keeps its place: the lock may be handed over before all tasks stand still.
            waiter.task.resumption().keep(waiter);
            throw e;
        }
        lock.lock();
        try {
            if (waiter.acquired) {
                return 0;
            }
            leaveLocked(waiter);
        } finally {
            lock.unlock();
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.ETIMEDOUT.negated()
                : -Restart.ERESTARTNOINTR;
    }

    /** The waiter's task ends; what it owns already, it gives up as all owners do. */
    void abandon(PiWaiter waiter) {
        lock.lock();
        try {
            leaveLocked(waiter);
        } finally {
            lock.unlock();
        }
    }

    /**
     * EPERM unless the task holds the futex, EFAULT: looked at before the address is,
     * futex_unlock_pi().
     */
    public void checkOwner(Task task, long userAddr) {
        if ((task.user().readInt(userAddr) & FutexOps.FUTEX_TID_MASK) != numberOf(task)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * Gives the lock to the next waiter, or sets the word to 0.
     *
     * @throws ErrnoException EPERM if the task does not hold it, EFAULT
     */
    public void release(Task task, long userAddr, FutexKey key) {
        PiWaiter next;
        lock.lock();
        try {
            UserMemory user = task.user();
            while (true) {
                int word = user.readIntVolatile(userAddr);
                if ((word & FutexOps.FUTEX_TID_MASK) != numberOf(task)) {
                    throw Errno.EPERM.exception();
                }
                PiQueue queue = queues.get(key);
                next = queue == null ? null : queue.first();
                int replacement = next == null ? 0 : handOverWord(next);
                if (user.compareAndExchangeInt(userAddr, word, replacement) == word) {
                    if (next != null && queue != null) {
                        handOverLocked(queue, next);
                    }
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            next.sleeper.wake();
        }
    }

    /** A task has ended: what it held goes to the next waiter, marked FUTEX_OWNER_DIED. */
    public void ownerDied(int tid) {
        List<PiWaiter> heirs = new ArrayList<>();
        lock.lock();
        try {
            for (PiQueue queue : List.copyOf(owned.getOrDefault(tid, List.of()))) {
                PiWaiter next = queue.first();
                if (next != null) {
                    bequeathLocked(queue, next);
                    heirs.add(next);
                }
            }
        } finally {
            lock.unlock();
        }
        for (PiWaiter heir : heirs) {
            heir.sleeper.wake();
        }
    }

    /** A task has another priority, which counts at once if it waits. */
    public void reorder(int tid) {
        if (!occupied) {
            return;
        }
        lock.lock();
        try {
            reorderLocked(tid);
        } finally {
            lock.unlock();
        }
    }

    /** Takes a waiter that has waited in vain out of its queue. */
    void leaveLocked(PiWaiter waiter) {
        PiQueue queue = queues.get(waiter.key);
        if (queue != null && queue.remove(waiter)) {
            removedLocked(waiter, queue);
            reorderLocked(queue.owner());
        }
    }

    /**
     * Gives the futex to {@code waiter} if it is free, else puts it into the queue; gives whether
     * it was free.
     *
     * @param caller whose memory the word is read and written through, at {@code userAddr}
     * @param extraBits FUTEX_WAITERS if others are to follow
     * @throws ErrnoException EDEADLK, ESRCH, EINVAL for a word that is not what the kernel wrote,
     *     EFAULT
     */
    boolean takeOrQueueLocked(Task caller, long userAddr, PiWaiter waiter, int extraBits) {
        UserMemory user = caller.user();
        while (true) {
            int word = user.readIntVolatile(userAddr);
            int owner = ownerOf(waiter.task, word);
            PiQueue queue = queues.get(waiter.key);
            checkOwnerLocked(word, queue, waiter);
            if (owner == 0 && queue == null) {
                int taken = numberOf(waiter.task) | word & FutexOps.FUTEX_OWNER_DIED | extraBits;
                if (user.compareAndExchangeInt(userAddr, word, taken) == word) {
                    return true;
                }
                continue;
            }
            int waited = word | FutexOps.FUTEX_WAITERS;
            if (word == waited || user.compareAndExchangeInt(userAddr, word, waited) == word) {
                joinLocked(waiter, owner);
                return false;
            }
        }
    }

    private void tryLocked(Task task, PiWaiter waiter) {
        UserMemory user = task.user();
        while (true) {
            int word = user.readIntVolatile(waiter.userAddr);
            int owner = ownerOf(task, word);
            checkOwnerLocked(word, queues.get(waiter.key), waiter);
            if (owner != 0 || queues.containsKey(waiter.key)) {
                throw Errno.EAGAIN.exception();
            }
            int taken = numberOf(task) | word & FutexOps.FUTEX_OWNER_DIED;
            if (user.compareAndExchangeInt(waiter.userAddr, word, taken) == word) {
                return;
            }
        }
    }

    /** The word's owner must be another task that exists and does not wait for this one. */
    private void checkOwnerLocked(int word, @Nullable PiQueue queue, PiWaiter waiter) {
        int owner = ownerOf(waiter.task, word);
        int tid = waiter.task.tid();
        if (owner == tid) {
            throw Errno.EDEADLK.exception();
        }
        if (owner == 0) {
            // With OWNER_DIED set, the robust list was walked and the heir is yet to be told.
            if (queue != null && (word & FutexOps.FUTEX_OWNER_DIED) == 0) {
                throw Errno.EINVAL.exception();
            }
            return;
        }
        if (queue != null && queue.owner() != owner) {
            throw Errno.EINVAL.exception();
        }
        if (queue == null && waiter.task.sandbox().tasks().task(owner).isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        checkCircleLocked(owner, tid);
    }

    private void checkCircleLocked(int owner, int tid) {
        int next = owner;
        for (int depth = 0; depth < MAX_LOCK_DEPTH; depth++) {
            PiQueue queue = awaited(next);
            if (queue == null) {
                return;
            }
            next = queue.owner();
            if (next == tid) {
                break;
            }
        }
        throw Errno.EDEADLK.exception();
    }

    /** With FUTEX_WAITERS even for the last one, as fixup_pi_state_owner and wake_futex_pi do. */
    private static int handOverWord(PiWaiter next) {
        return numberOf(next.task) | FutexOps.FUTEX_WAITERS;
    }

    /** What a task has in words that it owns. */
    private static int numberOf(Task task) {
        return task.pids().seen(task.tid());
    }

    /** The kernel's id of the owner that a task sees in a word; 0 if there is none. */
    private static int ownerOf(Task task, int word) {
        int number = word & FutexOps.FUTEX_TID_MASK;
        return number == 0 ? 0 : task.pids().meant(number);
    }

    /** What a task waits for. */
    private @Nullable PiQueue awaited(int tid) {
        PiWaiter waiter = waiting.get(tid);
        return waiter == null ? null : queues.get(waiter.key);
    }

    private void joinLocked(PiWaiter waiter, int owner) {
        PiQueue queue = queues.get(waiter.key);
        if (queue == null) {
            queue = new PiQueue(owner);
            queues.put(waiter.key, queue);
            ownLocked(queue, owner);
        }
        waiter.rank = rankLocked(waiter);
        queue.add(waiter);
        waiting.put(waiter.task.tid(), waiter);
        occupied = true;
        reorderLocked(queue.owner());
    }

    /**
     * Moves a task to its place in the queue where it waits, then the owner of that futex in its
     * own, and so on while somebody's priority changes.
     */
    private void reorderLocked(int tid) {
        int next = tid;
        for (int depth = 0; depth < MAX_LOCK_DEPTH; depth++) {
            PiWaiter waiter = waiting.get(next);
            PiQueue queue = awaited(next);
            if (waiter == null || queue == null) {
                return;
            }
            int rank = rankLocked(waiter);
            if (rank == waiter.rank) {
                return;
            }
            queue.remove(waiter);
            waiter.rank = rank;
            queue.add(waiter);
            next = queue.owner();
        }
    }

    /** The task's own rank, or that of the first one who waits for it. */
    private int rankLocked(PiWaiter waiter) {
        int rank = waiter.sleeper.queueRank();
        for (PiQueue queue : owned.getOrDefault(waiter.task.tid(), List.of())) {
            PiWaiter first = queue.first();
            rank = first == null ? rank : Math.min(rank, first.rank);
        }
        return rank;
    }

    private void handOverLocked(PiQueue queue, PiWaiter next) {
        queue.remove(next);
        disownLocked(queue);
        queue.setOwner(next.task.tid());
        ownLocked(queue, next.task.tid());
        next.acquired = true;
        removedLocked(next, queue);
    }

    private void removedLocked(PiWaiter waiter, PiQueue queue) {
        waiting.remove(waiter.task.tid());
        if (queue.isEmpty()) {
            queues.remove(waiter.key);
            disownLocked(queue);
            occupied = !queues.isEmpty();
        }
    }

    private void ownLocked(PiQueue queue, int tid) {
        owned.computeIfAbsent(tid, fresh -> new ArrayList<>(1)).add(queue);
    }

    private void disownLocked(PiQueue queue) {
        List<PiQueue> all = owned.get(queue.owner());
        if (all != null && all.remove(queue) && all.isEmpty()) {
            owned.remove(queue.owner());
        }
    }

    private void bequeathLocked(PiQueue queue, PiWaiter next) {
        try {
            next.task
                    .user()
                    .writeInt(next.userAddr, handOverWord(next) | FutexOps.FUTEX_OWNER_DIED);
        } catch (ErrnoException e) {
            // The heir has unmapped its own futex: it gets the lock that is no more.
            handOverLocked(queue, next);
            return;
        }
        handOverLocked(queue, next);
    }
}
