package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;

/** {@code sigprocmask(2)}, {@code sigpending(2)}, {@code sigsuspend(2)}, {@code pause(2)}. */
final class SignalMaskCalls {
    @Syscall(nr = 14, name = "rt_sigprocmask")
    long rtSigprocmask(Task task, int how, long setAddr, long oldAddr, long setSize) {
        checkSize(setSize);
        long old = task.signals().blocked();
        if (setAddr != 0) {
            long set = task.user().readLong(setAddr);
            long wanted =
                    switch (how) {
                        case Signals.SIG_BLOCK -> old | set;
                        case Signals.SIG_UNBLOCK -> old & ~set;
                        case Signals.SIG_SETMASK -> set;
                        default -> throw Errno.EINVAL.exception();
                    };
            task.signals().setBlocked(wanted);
        }
        if (oldAddr != 0) {
            task.user().writeLong(oldAddr, old);
        }
        return 0;
    }

    @Syscall(nr = 127, name = "rt_sigpending")
    long rtSigpending(Task task, long setAddr, long setSize) {
        if (Long.compareUnsigned(setSize, Signals.SIGSET_SIZE) > 0) {
            throw Errno.EINVAL.exception();
        }
        long pending = task.signals().pending() & task.signals().blocked();
        byte[] bytes = new byte[(int) setSize];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (pending >>> 8 * i);
        }
        task.user().copyOut(setAddr, bytes);
        return 0;
    }

    @Syscall(nr = 130, name = "rt_sigsuspend")
    long rtSigsuspend(Task task, long setAddr, long setSize) {
        checkSize(setSize);
        task.signals().setTemporaryMask(task.user().readLong(setAddr));
        return sleepForSignal(task);
    }

    @Syscall(nr = 34, name = "pause")
    long pause(Task task) {
        return sleepForSignal(task);
    }

    private static long sleepForSignal(Task task) {
        Blocker.Outcome outcome = GuestTask.of(task).blocker().await(() -> false, Blocker.FOREVER);
        assert outcome == Blocker.Outcome.INTERRUPTED;
        return -Restart.ERESTARTNOHAND;
    }

    private static void checkSize(long setSize) {
        if (setSize != Signals.SIGSET_SIZE) {
            throw Errno.EINVAL.exception();
        }
    }
}
