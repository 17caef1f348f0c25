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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * FUTEX_LOCK_PI and its family. The word holds the owner's thread id; the kernel hands the lock
 * over to the waiter who came first. Priorities are not inherited, since the host schedules all
 * tasks alike. Source: kernel/futex/pi.c.
 */
@Stateful
public final class PiFutexes {
    /** Whether to wait for the lock. */
    public enum Mode {
        LOCK,
        TRY
    }

    /** Below the memory locks: the word is read and written under it. */
    private final RankedLock lock = new RankedLock(LockRank.THREAD_GROUP);

    /** Futexes with waiters. Guarded by lock. */
    private final Map<FutexKey, State> states = new HashMap<>();

    @Stateful
    private static final class State {
        int owner;
        final ArrayDeque<PiWaiter> waiters = new ArrayDeque<>(2);

        State(int owner) {
            this.owner = owner;
        }
    }

    @Stateful
    private static final class PiWaiter implements BooleanSupplier {
        final Task task;
        final Sleeper sleeper;
        final long userAddr;
        final FutexKey key;

        /** Set under the lock by whoever hands over. */
        volatile boolean acquired;

        PiWaiter(Task task, Sleeper sleeper, long userAddr, FutexKey key) {
            this.task = task;
            this.sleeper = sleeper;
            this.userAddr = userAddr;
            this.key = key;
        }

        @Override
        public boolean getAsBoolean() {
            return acquired;
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
            if (takeOrQueueLocked(task, waiter, key, mode)) {
                return 0;
            }
        } finally {
            lock.unlock();
        }
        return await(waiter, sleeper, deadlineNs);
    }

    /** Goes on with a wait that the safe point interrupted: {@link #acquire}. */
    public long resume(Task task, Sleeper sleeper, long deadlineNs) {
        PiWaiter waiter = task.resumption().take(PiWaiter.class);
        if (waiter == null) {
            throw new IllegalStateException(task + " was suspended elsewhere");
        }
        return await(waiter, sleeper, deadlineNs);
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
            State state = states.get(waiter.key);
            if (state != null) {
                state.waiters.remove(waiter);
                if (state.waiters.isEmpty()) {
                    states.remove(waiter.key);
                }
            }
        } finally {
            lock.unlock();
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.ETIMEDOUT.negated()
                : -Restart.ERESTARTNOINTR;
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
                if ((word & FutexOps.FUTEX_TID_MASK) != task.tid()) {
                    throw Errno.EPERM.exception();
                }
                State state = states.get(key);
                next = state == null ? null : state.waiters.peekFirst();
                int replacement = next == null || state == null ? 0 : handOverWord(state, next, 0);
                if (user.compareAndExchangeInt(userAddr, word, replacement) == word) {
                    if (next != null && state != null) {
                        handOverLocked(key, state, next);
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
    void ownerDied(int tid) {
        List<PiWaiter> heirs = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<FutexKey, State> entry : List.copyOf(states.entrySet())) {
                State state = entry.getValue();
                PiWaiter next = state.waiters.peekFirst();
                if (state.owner == tid && next != null) {
                    bequeathLocked(entry.getKey(), state, next);
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

    /** True if the lock was free; false if the waiter is queued now. */
    private boolean takeOrQueueLocked(Task task, PiWaiter waiter, FutexKey key, Mode mode) {
        UserMemory user = task.user();
        while (true) {
            int word = user.readIntVolatile(waiter.userAddr);
            int owner = word & FutexOps.FUTEX_TID_MASK;
            State state = states.get(key);
            if (owner == task.tid()) {
                throw Errno.EDEADLK.exception();
            }
            if (owner == 0 && state == null) {
                int taken = task.tid() | word & FutexOps.FUTEX_OWNER_DIED;
                if (user.compareAndExchangeInt(waiter.userAddr, word, taken) == word) {
                    return true;
                }
                continue;
            }
            if (mode == Mode.TRY) {
                throw Errno.EAGAIN.exception();
            }
            if (task.sandbox().tasks().task(owner).isEmpty()) {
                throw Errno.ESRCH.exception();
            }
            int waiting = word | FutexOps.FUTEX_WAITERS;
            if (word == waiting
                    || user.compareAndExchangeInt(waiter.userAddr, word, waiting) == word) {
                State joined = states.computeIfAbsent(key, fresh -> new State(owner));
                joined.owner = owner;
                joined.waiters.addLast(waiter);
                return false;
            }
        }
    }

    private static int handOverWord(State state, PiWaiter next, int extraBits) {
        int word = next.task.tid() | extraBits;
        return state.waiters.size() > 1 ? word | FutexOps.FUTEX_WAITERS : word;
    }

    private void handOverLocked(FutexKey key, State state, PiWaiter next) {
        state.waiters.removeFirst();
        state.owner = next.task.tid();
        next.acquired = true;
        if (state.waiters.isEmpty()) {
            states.remove(key);
        }
    }

    private void bequeathLocked(FutexKey key, State state, PiWaiter next) {
        try {
            next.task
                    .user()
                    .writeInt(next.userAddr, handOverWord(state, next, FutexOps.FUTEX_OWNER_DIED));
        } catch (ErrnoException e) {
            // The heir has unmapped its own futex: it gets the lock that is no more.
            handOverLocked(key, state, next);
            return;
        }
        handOverLocked(key, state, next);
    }
}
