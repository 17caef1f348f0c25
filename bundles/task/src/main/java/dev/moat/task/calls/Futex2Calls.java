package dev.moat.task.calls;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.FutexOps;
import dev.moat.abi.FutexWaitv;
import dev.moat.abi.Restart;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.task.futex.FutexKey;
import dev.moat.task.futex.FutexTable;
import dev.moat.task.futex.QueueSleeper;
import dev.moat.task.futex.Sleeper;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TaskServices;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The second generation of futex calls: {@code futex_waitv}, {@code futex_wait}, {@code
 * futex_wake}, {@code futex_requeue}. Source: kernel/futex/syscalls.c.
 */
final class Futex2Calls {
    private static final String WORDS = "Words of 32 bits only, as in Linux; no FUTEX2_NUMA.";
    private static final long WORD_MASK = 0xffffffffL;

    @Syscall(nr = 449, name = "futex_waitv", support = Support.PARTIAL, note = WORDS)
    long futexWaitv(
            Task task, long waitersAddr, int count, int flags, long timeoutAddr, int clockId) {
        if (flags != 0 || count <= 0 || count > FutexOps.FUTEX_WAITV_MAX || waitersAddr == 0) {
            throw Errno.EINVAL.exception();
        }
        checkClock(timeoutAddr, clockId);
        FutexTable table = table(task);
        if (task.resumption().isResumed()) {
            long deadline = task.resumption().deadlineNs();
            return restarting(table.resumeAny(task, deadline));
        }
        List<FutexTable.Word> words = readWords(task, waitersAddr, count);
        long deadline = deadline(task, timeoutAddr, clockId);
        return restarting(table.awaitAny(task, sleeper(task), words, deadline));
    }

    @Syscall(nr = 454, name = "futex_wake", support = Support.PARTIAL, note = WORDS)
    long futexWake(Task task, long addr, long mask, int count, int flags) {
        FutexKey.Scope scope = scope(flags);
        checkMask(mask);
        FutexTable table = table(task);
        FutexKey key = table.key(task, addr, scope);
        return count <= 0 ? 0 : table.wake(key, count, (int) mask);
    }

    @Syscall(nr = 455, name = "futex_wait", support = Support.PARTIAL, note = WORDS)
    long futexWait(
            Task task, long addr, long value, long mask, int flags, long timeoutAddr, int clockId) {
        FutexKey.Scope scope = scope(flags);
        checkMask(mask);
        checkClock(timeoutAddr, clockId);
        if ((value & ~WORD_MASK) != 0) {
            throw Errno.EINVAL.exception();
        }
        FutexTable table = table(task);
        if (task.resumption().isResumed()) {
            long deadline = task.resumption().deadlineNs();
            return restarting(table.resume(task, deadline));
        }
        long deadline = deadline(task, timeoutAddr, clockId);
        FutexTable.Word word =
                new FutexTable.Word(addr, (int) value, (int) mask, table.key(task, addr, scope));
        return restarting(table.await(task, sleeper(task), word, deadline));
    }

    @Syscall(nr = 456, name = "futex_requeue", support = Support.PARTIAL, note = WORDS)
    long futexRequeue(Task task, long waitersAddr, int flags, int wakeCount, int moveCount) {
        if (flags != 0 || waitersAddr == 0 || wakeCount < 0 || moveCount < 0) {
            throw Errno.EINVAL.exception();
        }
        List<FutexTable.Word> words = readWords(task, waitersAddr, 2);
        FutexTable.Word from = words.getFirst();
        if (task.user().readIntVolatile(from.userAddr()) != from.expected()) {
            return Errno.EAGAIN.negated();
        }
        return table(task).requeue(from.key(), words.getLast().key(), wakeCount, moveCount);
    }

    private static FutexTable table(Task task) {
        return TaskServices.actor(task).services().futexes();
    }

    /** A task waits on its own thread, an operation of a ring on none. */
    private static Sleeper sleeper(Task task) {
        return task instanceof GuestTask guest
                ? guest.blocker()
                : new QueueSleeper(table(task), TaskServices.actor(task).blocker().queueRank());
    }

    private static long deadline(Task task, long timeoutAddr, int clockId) {
        return timeoutAddr == 0
                ? Blocker.FOREVER
                : Deadlines.absolute(
                        GuestTask.of(task), timeoutAddr, clockId == Clocks.CLOCK_REALTIME);
    }

    private static List<FutexTable.Word> readWords(Task task, long waitersAddr, int count) {
        FutexTable table = table(task);
        MemorySegment structs = Structs.copyIn(task.user(), waitersAddr, count * FutexWaitv.SIZE);
        List<FutexTable.Word> words = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            FutexWaitv waiter = FutexWaitv.readFrom(structs, i * FutexWaitv.SIZE);
            if (waiter.reserved() != 0 || (waiter.value() & ~WORD_MASK) != 0) {
                throw Errno.EINVAL.exception();
            }
            FutexKey key = table.key(task, waiter.address(), scope(waiter.flags()));
            words.add(
                    new FutexTable.Word(
                            waiter.address(),
                            (int) waiter.value(),
                            FutexOps.FUTEX_BITSET_MATCH_ANY,
                            key));
        }
        return words;
    }

    private static FutexKey.Scope scope(int flags) {
        int known = FutexOps.FUTEX2_SIZE_MASK | FutexOps.FUTEX2_PRIVATE;
        if ((flags & ~known) != 0
                || (flags & FutexOps.FUTEX2_SIZE_MASK) != FutexOps.FUTEX2_SIZE_U32) {
            throw Errno.EINVAL.exception();
        }
        return (flags & FutexOps.FUTEX2_PRIVATE) != 0
                ? FutexKey.Scope.PRIVATE
                : FutexKey.Scope.SHARED;
    }

    private static void checkMask(long mask) {
        if (mask == 0 || (mask & ~WORD_MASK) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void checkClock(long timeoutAddr, int clockId) {
        if (timeoutAddr != 0
                && clockId != Clocks.CLOCK_MONOTONIC
                && clockId != Clocks.CLOCK_REALTIME) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Deadlines are absolute: a wait that a signal interrupts is simply made again. */
    private static long restarting(long result) {
        return result == Errno.EINTR.negated() ? -Restart.ERESTARTSYS : result;
    }
}
