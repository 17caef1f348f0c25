package dev.moat.task.futex;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FutexOps;
import dev.moat.abi.Restart;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.util.ArrayList;
import java.util.List;

/**
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition whose waiters wake up as owners of a
 * lock. Both hold the lock of the priority-inheritance futexes while they compare the word and
 * enter or leave its bucket, as Linux holds its bucket's, so that no waiter is moved whose word had
 * another value. Only these two move such a waiter; the plain operations refuse it. Source:
 * kernel/futex/requeue.c.
 */
public final class PiRequeue {
    private final FutexTable table;
    private final PiFutexes pi;
    private final RankedLock lock;

    PiRequeue(FutexTable table) {
        this.table = table;
        this.pi = table.pi();
        this.lock = pi.lock();
    }

    /** A futex as one task names it. */
    public record Target(long userAddr, FutexKey key) {}

    /**
     * Waits on a word until a requeue and the release of {@code target} make the task its owner.
     *
     * @return 0 as the owner, -EAGAIN for another value or for a signal after the requeue,
     *     -ETIMEDOUT, or -ERESTARTNOINTR for a signal before
     * @throws ErrnoException EINVAL if both are one futex, EFAULT
     */
    public long await(
            Task task, Sleeper sleeper, FutexTable.Word word, Target target, long deadlineNs) {
        FutexWaiter waiter =
                new FutexWaiter(
                        sleeper,
                        word.key(),
                        word.bitset(),
                        new PiWaiter(task, sleeper, target.userAddr(), target.key()));
        lock.lock();
        try {
            if (task.user().readIntVolatile(word.userAddr()) != word.expected()) {
                return Errno.EAGAIN.negated();
            }
            if (word.key().equals(target.key())) {
                throw Errno.EINVAL.exception();
            }
            table.enqueue(waiter);
        } finally {
            lock.unlock();
        }
        return await(task, waiter, deadlineNs);
    }

    /** Goes on with a wait that the safe point interrupted: {@link #await}. */
    public long resume(Task task, long deadlineNs) {
        return await(task, FutexTable.taken(task, FutexWaiter.class), deadlineNs);
    }

    private long await(Task task, FutexWaiter waiter, long deadlineNs) {
        Blocker.Outcome outcome;
        try {
            outcome = waiter.sleeper.await(waiter, deadlineNs);
        } catch (WaitSuspended e) {
            // It stays where it hangs: a requeue that comes before all tasks stand still counts.
            task.resumption().keep(waiter);
            throw e;
        }
        boolean timedOut = outcome == Blocker.Outcome.TIMED_OUT;
        PiWaiter heir = waiter.heir();
        lock.lock();
        try {
            if (heir.acquired) {
                return 0;
            }
            if (FutexTable.remove(waiter)) {
                return timedOut ? Errno.ETIMEDOUT.negated() : -Restart.ERESTARTNOINTR;
            }
            pi.leaveLocked(heir);
            return timedOut ? Errno.ETIMEDOUT.negated() : Errno.EAGAIN.negated();
        } finally {
            lock.unlock();
        }
    }

    /** The waiter's task ends. */
    void abandon(FutexWaiter waiter) {
        lock.lock();
        try {
            if (!FutexTable.remove(waiter)) {
                pi.leaveLocked(waiter.heir());
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Moves waiters of {@code word} to {@code target}: the first one owns it if it is free, the
     * others queue; gives how many were moved.
     *
     * @param moveLimit how many beside the first
     * @return also -EAGAIN if the word has another value
     * @throws ErrnoException EINVAL if both are one futex, or for a waiter that waits otherwise or
     *     for another target; EDEADLK if a waiter owns it, ESRCH if the owner does not exist,
     *     EFAULT
     */
    public long requeue(Task task, FutexTable.Word word, Target target, int moveLimit) {
        if (word.key().equals(target.key())) {
            throw Errno.EINVAL.exception();
        }
        List<Sleeper> owners = new ArrayList<>(1);
        lock.lock();
        try {
            if (task.user().readIntVolatile(word.userAddr()) != word.expected()) {
                return Errno.EAGAIN.negated();
            }
            return moveLocked(task, word.key(), target, moveLimit, owners);
        } finally {
            lock.unlock();
            owners.forEach(Sleeper::wake);
        }
    }

    private int moveLocked(
            Task task, FutexKey from, Target target, int moveLimit, List<Sleeper> owners) {
        int waitersBit = moveLimit > 0 ? FutexOps.FUTEX_WAITERS : 0;
        int moved = 0;
        while (moved <= moveLimit) {
            FutexWaiter next = table.first(from);
            if (next == null) {
                break;
            }
            if (!next.isFor(target.key())) {
                throw Errno.EINVAL.exception();
            }
            PiWaiter heir = next.heir();
            if (pi.takeOrQueueLocked(task, target.userAddr(), heir, waitersBit)) {
                heir.acquired = true;
                owners.add(heir.sleeper);
            }
            FutexTable.remove(next);
            moved++;
        }
        return moved;
    }
}
