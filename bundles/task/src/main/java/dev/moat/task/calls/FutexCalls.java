package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FutexOps;
import dev.moat.abi.Restart;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.task.futex.FutexKey;
import dev.moat.task.futex.FutexTable;
import dev.moat.task.futex.PiFutexes;
import dev.moat.task.futex.PiRequeue;
import dev.moat.task.process.GuestTask;

/** {@code futex(2)}, {@code set_robust_list(2)}. */
final class FutexCalls {
    private static final int ROBUST_HEAD_BYTES = 24;

    @Syscall(
            nr = 202,
            name = "futex",
            support = Support.PARTIAL,
            note =
                    "Waiters queue by their priorities, inherited ones too, which do not change how the owner is scheduled.")
    long futex(
            Task task,
            long addr,
            int operation,
            int value,
            long timeoutOrCount,
            long addr2,
            int value3) {
        GuestTask guest = GuestTask.of(task);
        int command = operation & FutexOps.FUTEX_CMD_MASK;
        boolean realtime = (operation & FutexOps.FUTEX_CLOCK_REALTIME) != 0;
        if (realtime
                && command != FutexOps.FUTEX_WAIT_REQUEUE_PI
                && command != FutexOps.FUTEX_WAIT_BITSET
                && command != FutexOps.FUTEX_LOCK_PI2) {
            boolean timed = command == FutexOps.FUTEX_WAIT || command == FutexOps.FUTEX_LOCK_PI;
            if (timed && timeoutOrCount != 0) {
                // A bad timeout is told first.
                Structs.timespec(task.user(), timeoutOrCount);
            }
            throw Errno.ENOSYS.exception();
        }
        FutexKey.Scope scope =
                (operation & FutexOps.FUTEX_PRIVATE_FLAG) != 0
                        ? FutexKey.Scope.PRIVATE
                        : FutexKey.Scope.SHARED;
        if (guest.resumption().isResumed()) {
            return resume(guest, addr, command, value, value3, scope);
        }
        FutexTable table = guest.services().futexes();
        return switch (command) {
            case FutexOps.FUTEX_WAIT -> {
                long deadline = relativeDeadline(guest, timeoutOrCount);
                yield await(guest, addr, value, FutexOps.FUTEX_BITSET_MATCH_ANY, scope, deadline);
            }
            case FutexOps.FUTEX_WAIT_BITSET -> {
                long deadline = Deadlines.absolute(guest, timeoutOrCount, realtime);
                yield await(guest, addr, value, value3, scope, deadline);
            }
            case FutexOps.FUTEX_WAKE ->
                    table.wake(
                            table.key(task, addr, scope),
                            Math.max(1, value),
                            FutexOps.FUTEX_BITSET_MATCH_ANY);
            case FutexOps.FUTEX_WAKE_BITSET -> {
                if (value3 == 0) {
                    throw Errno.EINVAL.exception();
                }
                yield table.wake(table.key(task, addr, scope), Math.max(1, value), value3);
            }
            case FutexOps.FUTEX_REQUEUE ->
                    requeue(guest, addr, addr2, value, (int) timeoutOrCount, scope);
            case FutexOps.FUTEX_CMP_REQUEUE -> {
                // EINVAL and EFAULT come before the comparison.
                checkCounts(value, (int) timeoutOrCount);
                table.key(task, addr, scope);
                table.key(task, addr2, scope);
                if (task.user().readIntVolatile(addr) != value3) {
                    yield Errno.EAGAIN.negated();
                }
                yield requeue(guest, addr, addr2, value, (int) timeoutOrCount, scope);
            }
            case FutexOps.FUTEX_WAKE_OP ->
                    wakeOp(guest, addr, addr2, value, (int) timeoutOrCount, value3, scope);
            case FutexOps.FUTEX_LOCK_PI ->
                    lockPi(guest, addr, scope, Deadlines.absolute(guest, timeoutOrCount, true));
            case FutexOps.FUTEX_LOCK_PI2 ->
                    lockPi(guest, addr, scope, Deadlines.absolute(guest, timeoutOrCount, realtime));
            case FutexOps.FUTEX_TRYLOCK_PI ->
                    table.lockPi(
                            task,
                            guest.blocker(),
                            target(guest, addr, scope),
                            PiFutexes.Mode.TRY,
                            Blocker.FOREVER);
            case FutexOps.FUTEX_UNLOCK_PI -> {
                table.pi().checkOwner(task, addr);
                table.pi().release(task, addr, table.key(task, addr, scope));
                yield 0;
            }
            case FutexOps.FUTEX_WAIT_REQUEUE_PI -> {
                long deadline = Deadlines.absolute(guest, timeoutOrCount, realtime);
                yield awaitRequeue(guest, addr, value, addr2, scope, deadline);
            }
            case FutexOps.FUTEX_CMP_REQUEUE_PI ->
                    requeueToPi(guest, addr, addr2, value, (int) timeoutOrCount, value3, scope);
            default -> Errno.ENOSYS.negated();
        };
    }

    @Syscall(nr = 273, name = "set_robust_list")
    long setRobustList(Task task, long headAddr, long sizeBytes) {
        if (sizeBytes != ROBUST_HEAD_BYTES) {
            throw Errno.EINVAL.exception();
        }
        GuestTask.of(task).futexOwner().setRobustListAddr(headAddr);
        return 0;
    }

    @Syscall(nr = 274, name = "get_robust_list")
    long getRobustList(Task task, int tid, long headAddr, long sizeAddr) {
        GuestTask caller = GuestTask.of(task);
        GuestTask target = tid == 0 ? caller : caller.services().tree().find(caller, tid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        if (target.group() != caller.group()
                && target.credentials().uid() != caller.credentials().effectiveUid()
                && caller.credentials().effectiveUid() != 0) {
            throw Errno.EPERM.exception();
        }
        task.user().writeLong(sizeAddr, ROBUST_HEAD_BYTES);
        task.user().writeLong(headAddr, target.futexOwner().robustListAddr());
        return 0;
    }

    /** Looks neither at the word nor at the timeout: the waiter has kept its place. */
    private static long resume(
            GuestTask task, long addr, int command, int value, int value3, FutexKey.Scope scope) {
        long deadlineNs = task.resumption().deadlineNs();
        return switch (command) {
            case FutexOps.FUTEX_WAIT ->
                    await(task, addr, value, FutexOps.FUTEX_BITSET_MATCH_ANY, scope, deadlineNs);
            case FutexOps.FUTEX_WAIT_BITSET -> await(task, addr, value, value3, scope, deadlineNs);
            case FutexOps.FUTEX_WAIT_REQUEUE_PI ->
                    task.services().futexes().piRequeue().resume(task, deadlineNs);
            default -> task.services().futexes().pi().resume(task, task.blocker(), deadlineNs);
        };
    }

    /** Goes on waiting until the same deadline after a signal without handler. */
    private record WaitRestart(
            long addr, int value, int bitset, FutexKey.Scope scope, long deadlineNs)
            implements Task.RestartBlock {
        @Override
        public long restart(Task task) {
            return await(GuestTask.of(task), addr, value, bitset, scope, deadlineNs);
        }
    }

    private static long await(
            GuestTask task,
            long addr,
            int value,
            int bitset,
            FutexKey.Scope scope,
            long deadlineNs) {
        if (bitset == 0) {
            throw Errno.EINVAL.exception();
        }
        FutexTable table = task.services().futexes();
        long result;
        if (task.resumption().isResumed()) {
            result = table.resume(task, deadlineNs);
        } else {
            FutexKey key = table.key(task, addr, scope);
            FutexTable.Word word = new FutexTable.Word(addr, value, bitset, key);
            result = table.await(task, task.blocker(), word, deadlineNs);
        }
        if (result != Errno.EINTR.negated()) {
            return result;
        }
        if (deadlineNs == Blocker.FOREVER) {
            return -Restart.ERESTARTSYS;
        }
        task.setRestart(new WaitRestart(addr, value, bitset, scope, deadlineNs));
        return -Restart.ERESTART_RESTARTBLOCK;
    }

    private static long requeue(
            GuestTask task, long from, long to, int wake, int move, FutexKey.Scope scope) {
        checkCounts(wake, move);
        FutexTable table = task.services().futexes();
        return table.requeue(table.key(task, from, scope), table.key(task, to, scope), wake, move);
    }

    private static void checkCounts(int wake, int move) {
        if (wake < 0 || move < 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long lockPi(GuestTask task, long addr, FutexKey.Scope scope, long deadlineNs) {
        return task.services()
                .futexes()
                .lockPi(
                        task,
                        task.blocker(),
                        target(task, addr, scope),
                        PiFutexes.Mode.LOCK,
                        deadlineNs);
    }

    private static PiRequeue.Target target(GuestTask task, long addr, FutexKey.Scope scope) {
        return new PiRequeue.Target(addr, task.services().futexes().key(task, addr, scope));
    }

    private static long awaitRequeue(
            GuestTask task,
            long addr,
            int value,
            long lockAddr,
            FutexKey.Scope scope,
            long deadlineNs) {
        if (addr == lockAddr) {
            throw Errno.EINVAL.exception();
        }
        FutexTable table = task.services().futexes();
        PiRequeue.Target target = target(task, lockAddr, scope);
        FutexTable.Word word =
                new FutexTable.Word(
                        addr, value, FutexOps.FUTEX_BITSET_MATCH_ANY, table.key(task, addr, scope));
        return table.piRequeue().await(task, task.blocker(), word, target, deadlineNs);
    }

    private static long requeueToPi(
            GuestTask task,
            long addr,
            long lockAddr,
            int wake,
            int move,
            int expected,
            FutexKey.Scope scope) {
        // "This is only supported with nr_wake = 1": the lock has one owner.
        if (wake != 1 || move < 0 || addr == lockAddr) {
            throw Errno.EINVAL.exception();
        }
        FutexTable table = task.services().futexes();
        FutexTable.Word word =
                new FutexTable.Word(
                        addr,
                        expected,
                        FutexOps.FUTEX_BITSET_MATCH_ANY,
                        table.key(task, addr, scope));
        return table.piRequeue().requeue(task, word, target(task, lockAddr, scope), move);
    }

    /**
     * Changes the second word, wakes on the first, and on the second if its old value compares:
     * futex(2).
     */
    private static long wakeOp(
            GuestTask task,
            long addr,
            long addr2,
            int wake,
            int wake2,
            int encoded,
            FutexKey.Scope scope) {
        FutexTable table = task.services().futexes();
        FutexKey key = table.key(task, addr, scope);
        FutexKey key2 = table.key(task, addr2, scope);
        int operation = encoded >>> 28 & 7;
        boolean shift = (encoded >>> 28 & FutexOps.FUTEX_OP_OPARG_SHIFT) != 0;
        int argument = encoded << 8 >> 20;
        if (shift) {
            argument = 1 << (argument & 31);
        }
        UserMemory user = task.user();
        int old;
        do {
            old = user.readIntVolatile(addr2);
        } while (user.compareAndExchangeInt(addr2, old, apply(operation, old, argument)) != old);
        int woken = table.wake(key, Math.max(1, wake), FutexOps.FUTEX_BITSET_MATCH_ANY);
        if (woken < 0 || !compares(encoded >>> 24 & 15, old, encoded << 20 >> 20)) {
            return woken;
        }
        int others = table.wake(key2, Math.max(1, wake2), FutexOps.FUTEX_BITSET_MATCH_ANY);
        return others < 0 ? others : woken + others;
    }

    private static int apply(int operation, int old, int argument) {
        return switch (operation) {
            case FutexOps.FUTEX_OP_SET -> argument;
            case FutexOps.FUTEX_OP_ADD -> old + argument;
            case FutexOps.FUTEX_OP_OR -> old | argument;
            case FutexOps.FUTEX_OP_ANDN -> old & ~argument;
            case FutexOps.FUTEX_OP_XOR -> old ^ argument;
            default -> throw Errno.ENOSYS.exception();
        };
    }

    private static boolean compares(int comparison, int old, int argument) {
        return switch (comparison) {
            case FutexOps.FUTEX_OP_CMP_EQ -> old == argument;
            case FutexOps.FUTEX_OP_CMP_NE -> old != argument;
            case FutexOps.FUTEX_OP_CMP_LT -> old < argument;
            case FutexOps.FUTEX_OP_CMP_LE -> old <= argument;
            case FutexOps.FUTEX_OP_CMP_GT -> old > argument;
            case FutexOps.FUTEX_OP_CMP_GE -> old >= argument;
            default -> throw Errno.ENOSYS.exception();
        };
    }

    private static long relativeDeadline(GuestTask task, long timeoutAddr) {
        if (timeoutAddr == 0) {
            return Blocker.FOREVER;
        }
        return Deadlines.after(task, Structs.timespec(task.user(), timeoutAddr).toNanos());
    }
}
