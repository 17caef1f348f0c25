package dev.moat.task.futex;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FutexOps;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The futexes of one sandbox. A waiter first enters its bucket and then reads the word: a waker who
 * has changed the word before finds the waiter, or the waiter sees the change. So no guest memory
 * is read with a bucket locked, which may fault. Source: kernel/futex.
 */
@Stateful
public final class FutexTable {
    /** A power of two; some more than the CPUs of large hosts. */
    private static final int BUCKETS = 256;

    private final FutexBucket[] buckets = new FutexBucket[BUCKETS];
    private final PiFutexes pi = new PiFutexes();

    public FutexTable() {
        for (int i = 0; i < BUCKETS; i++) {
            buckets[i] = new FutexBucket(i);
        }
    }

    /** The priority-inheritance futexes. */
    public PiFutexes pi() {
        return pi;
    }

    /** Conditions with priority-inheritance futexes. */
    public PiRequeue piRequeue() {
        return new PiRequeue(this);
    }

    /**
     * Takes a priority-inheritance futex: {@link PiFutexes#acquire}.
     *
     * @throws ErrnoException also EINVAL if somebody waits on the word as on a plain futex
     */
    public long lockPi(
            Task task,
            Sleeper sleeper,
            PiRequeue.Target target,
            PiFutexes.Mode mode,
            long deadlineNs) {
        if (first(target.key()) != null) {
            throw Errno.EINVAL.exception();
        }
        return pi.acquire(task, sleeper, target.userAddr(), target.key(), mode, deadlineNs);
    }

    /**
     * The key of an address of {@code task}.
     *
     * @throws ErrnoException EINVAL if it is unaligned, EFAULT
     */
    public FutexKey key(Task task, long userAddr, FutexKey.Scope scope) {
        if ((userAddr & 3) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (userAddr < 0 || userAddr > MemoryFlags.TASK_SIZE_MAX - Integer.BYTES) {
            throw Errno.EFAULT.exception();
        }
        return FutexKey.of(task.user(), task.memory().id(), userAddr, scope);
    }

    /** One word to wait for. */
    public record Word(long userAddr, int expected, int bitset, FutexKey key) {}

    /**
     * Waits while the word has the expected value.
     *
     * @return 0 woken, -EAGAIN for another value, -ETIMEDOUT, or -EINTR: the caller decides how it
     *     restarts
     */
    public long await(Task task, Sleeper sleeper, Word word, long deadlineNs) {
        FutexWaiter waiter = new FutexWaiter(sleeper, word.key(), word.bitset());
        enqueue(waiter);
        boolean unneeded;
        try {
            unneeded = task.user().readIntVolatile(word.userAddr()) != word.expected();
        } catch (RuntimeException | Error e) {
            dequeue(waiter);
            throw e;
        }
        if (unneeded) {
            leaveUnneeded(waiter, word);
            return Errno.EAGAIN.negated();
        }
        return await(task, waiter, deadlineNs);
    }

    /** Goes on with a wait that the safe point interrupted: {@link #await}. */
    public long resume(Task task, long deadlineNs) {
        return await(task, taken(task, FutexWaiter.class), deadlineNs);
    }

    private static long await(Task task, FutexWaiter waiter, long deadlineNs) {
        Blocker.Outcome outcome;
        try {
            outcome = waiter.sleeper.await(task, waiter, deadlineNs);
        } catch (WaitSuspended e) {
            // It stays in its bucket: a wake-up that comes before all tasks stand still counts.
            task.resumption().keep(waiter);
            throw e;
        }
        if (!dequeue(waiter)) {
            return 0;
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.ETIMEDOUT.negated()
                : Errno.EINTR.negated();
    }

    /**
     * A task ends: one that was killed while the safe point kept it from its wait is still in the
     * queues, because its call is not made again.
     */
    public void leaveQueues(Task task) {
        FutexWaiter waiter = task.resumption().take(FutexWaiter.class);
        if (waiter != null) {
            if (waiter.isForPi()) {
                piRequeue().abandon(waiter);
            } else {
                dequeue(waiter);
            }
        }
        FutexWaiter[] waiters = task.resumption().take(FutexWaiter[].class);
        if (waiters != null) {
            leaveAll(List.of(waiters));
        }
        PiWaiter owner = task.resumption().take(PiWaiter.class);
        if (owner != null) {
            pi.abandon(owner);
        }
    }

    /** What a suspended wait has left. */
    static <T> T taken(Task task, Class<T> type) {
        T kept = task.resumption().take(type);
        if (kept == null) {
            throw new IllegalStateException(task + " was suspended elsewhere");
        }
        return kept;
    }

    /**
     * Waits for any of several words: futex_waitv(2).
     *
     * @return index of the one that was woken, or as {@link #await}
     */
    public long awaitAny(Task task, Sleeper sleeper, List<Word> words, long deadlineNs) {
        List<FutexWaiter> waiters = new ArrayList<>(words.size());
        try {
            for (Word word : words) {
                FutexWaiter waiter = new FutexWaiter(sleeper, word.key(), word.bitset());
                enqueue(waiter);
                waiters.add(waiter);
                if (task.user().readIntVolatile(word.userAddr()) != word.expected()) {
                    int woken = leaveAll(waiters);
                    return woken >= 0 ? woken : Errno.EAGAIN.negated();
                }
            }
        } catch (ErrnoException e) {
            leaveAll(waiters);
            throw e;
        }
        return awaitAny(task, waiters.toArray(new FutexWaiter[0]), deadlineNs);
    }

    /** Goes on with a wait that the safe point interrupted: {@link #awaitAny}. */
    public long resumeAny(Task task, long deadlineNs) {
        return awaitAny(task, taken(task, FutexWaiter[].class), deadlineNs);
    }

    private static long awaitAny(Task task, FutexWaiter[] waiters, long deadlineNs) {
        Blocker.Outcome outcome;
        try {
            outcome = waiters[0].sleeper.await(task, () -> anyWoken(waiters), deadlineNs);
        } catch (WaitSuspended e) {
            task.resumption().keep(waiters);
            throw e;
        }
        int woken = leaveAll(List.of(waiters));
        if (woken >= 0) {
            return woken;
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.ETIMEDOUT.negated()
                : Errno.EINTR.negated();
    }

    /**
     * Wakes up to {@code limit} waiters; gives how many, or -EINVAL if one of them waits for a
     * priority-inheritance futex.
     */
    public int wake(FutexKey key, int limit, int bitset) {
        if (pi.hasWaiters(key)) {
            return (int) Errno.EINVAL.negated();
        }
        FutexBucket bucket = bucket(key);
        if (bucket.isEmpty()) {
            return 0;
        }
        List<FutexWaiter> taken = new ArrayList<>();
        boolean metPi;
        bucket.lock.lock();
        try {
            metPi = bucket.takeLocked(key, limit, bitset, taken);
            for (FutexWaiter waiter : taken) {
                waiter.woken = true;
            }
        } finally {
            bucket.lock.unlock();
        }
        for (FutexWaiter waiter : taken) {
            waiter.sleeper.wake();
        }
        return metPi ? (int) Errno.EINVAL.negated() : taken.size();
    }

    /**
     * Wakes up to {@code wakeLimit} waiters and moves up to {@code moveLimit} others; gives both
     * counts added, or -EINVAL if one of them waits for a priority-inheritance futex.
     */
    public int requeue(FutexKey from, FutexKey to, int wakeLimit, int moveLimit) {
        if (pi.hasWaiters(from)) {
            return (int) Errno.EINVAL.negated();
        }
        FutexBucket source = bucket(from);
        FutexBucket target = bucket(to);
        List<FutexWaiter> woken = new ArrayList<>();
        List<FutexWaiter> moved = new ArrayList<>();
        boolean metPi;
        lockBoth(source, target);
        try {
            int any = FutexOps.FUTEX_BITSET_MATCH_ANY;
            metPi = source.takeLocked(from, wakeLimit, any, woken);
            for (FutexWaiter waiter : woken) {
                waiter.woken = true;
            }
            metPi |= source.takeLocked(from, moveLimit, any, moved);
            for (FutexWaiter waiter : moved) {
                waiter.key = to;
                target.addLocked(waiter);
            }
        } finally {
            source.lock.unlock();
            if (target != source) {
                target.lock.unlock();
            }
        }
        for (FutexWaiter waiter : woken) {
            waiter.sleeper.wake();
        }
        return metPi ? (int) Errno.EINVAL.negated() : woken.size() + moved.size();
    }

    /**
     * A task leaves its address space (exit, execve): robust futexes are marked and the thread id
     * word is cleared. Called on the task's thread.
     */
    public void exitOwner(Task task, FutexOwner owner, MemoryManager memory) {
        new RobustExit(this, task, memory).run(owner.robustListAddr());
        owner.setRobustListAddr(0);
        pi.ownerDied(task.tid());
        long tidAddr = owner.clearTidAddr();
        owner.setClearTidAddr(0);
        if (tidAddr == 0 || memory.users() == 1) {
            return;
        }
        try {
            memory.user().writeInt(tidAddr, 0);
            wake(
                    FutexKey.of(memory.user(), memory.id(), tidAddr, FutexKey.Scope.SHARED),
                    1,
                    FutexOps.FUTEX_BITSET_MATCH_ANY);
        } catch (ErrnoException e) {
            // kernel/fork.c mm_release: "We don't check the error code - if userspace has not set
            // up a
            // proper pointer then tough luck."
            return;
        }
    }

    void enqueue(FutexWaiter waiter) {
        FutexBucket bucket = bucket(waiter.key);
        bucket.lock.lock();
        try {
            bucket.addLocked(waiter);
        } finally {
            bucket.lock.unlock();
        }
    }

    /** The waiter on {@code key} that is next. */
    @Nullable FutexWaiter first(FutexKey key) {
        FutexBucket bucket = bucket(key);
        if (bucket.isEmpty()) {
            return null;
        }
        bucket.lock.lock();
        try {
            return bucket.firstLocked(key);
        } finally {
            bucket.lock.unlock();
        }
    }

    /** Takes out a waiter that nobody else moves meanwhile; false if it hangs nowhere. */
    static boolean remove(FutexWaiter waiter) {
        FutexBucket bucket = waiter.bucket;
        if (bucket == null) {
            return false;
        }
        bucket.lock.lock();
        try {
            bucket.removeLocked(waiter);
            return true;
        } finally {
            bucket.lock.unlock();
        }
    }

    /** Takes a waiter out; false if somebody has woken it. */
    static boolean dequeue(FutexWaiter waiter) {
        while (true) {
            FutexBucket bucket = waiter.bucket;
            if (bucket == null) {
                if (waiter.woken) {
                    return false;
                }
                // Between two buckets of a requeue: it hangs somewhere again in a moment.
                Thread.onSpinWait();
                continue;
            }
            bucket.lock.lock();
            try {
                if (waiter.bucket == bucket) {
                    bucket.removeLocked(waiter);
                    return true;
                }
            } finally {
                bucket.lock.unlock();
            }
        }
    }

    /**
     * The word had another value: a wake-up that this waiter has got by being in the bucket is for
     * the next one.
     */
    private void leaveUnneeded(FutexWaiter waiter, Word word) {
        if (!dequeue(waiter)) {
            wake(word.key(), 1, word.bitset());
        }
    }

    /** Takes all out; gives the highest index that was woken, or -1. */
    private static int leaveAll(List<FutexWaiter> waiters) {
        int woken = -1;
        for (int i = 0; i < waiters.size(); i++) {
            if (!dequeue(waiters.get(i))) {
                woken = i;
            }
        }
        return woken;
    }

    private static boolean anyWoken(FutexWaiter[] waiters) {
        for (FutexWaiter waiter : waiters) {
            if (waiter.woken) {
                return true;
            }
        }
        return false;
    }

    /** Both locks, in the order of the table; the rank allows it for buckets in this order only. */
    private static void lockBoth(FutexBucket a, FutexBucket b) {
        if (a == b) {
            a.lock.lock();
            return;
        }
        FutexBucket first = a.index < b.index ? a : b;
        FutexBucket second = first == a ? b : a;
        first.lock.lock();
        second.lock.lock();
    }

    private FutexBucket bucket(FutexKey key) {
        int hash = Long.hashCode(key.owner() * 0x9E3779B97F4A7C15L + (key.offset() >>> 2));
        return buckets[(hash ^ hash >>> 16) & BUCKETS - 1];
    }
}
