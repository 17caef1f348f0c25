package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Personality;
import dev.moat.abi.Signals;
import dev.moat.abi.Timespec;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;

/** Timeouts and temporary signal masks of poll(2), select(2), epoll_wait(2). */
final class Timeouts {
    private Timeouts() {}

    /** Deadline in {@code ms} milliseconds; negative is for ever. */
    static long deadlineOfMillis(Task task, int ms) {
        return ms < 0 ? Blocker.FOREVER : deadlineIn(task, ms * 1_000_000L);
    }

    static long deadlineIn(Task task, long ns) {
        return task.resumption().deadlineAfter(task, ns);
    }

    /** Deadline of a relative timespec, 0 for none: EFAULT, EINVAL. */
    static long deadlineOfTimespec(Task task, long userAddr) {
        if (userAddr == 0) {
            return Blocker.FOREVER;
        }
        Timespec time = Args.timespec(task, userAddr);
        if (!time.isValid()) {
            throw Errno.EINVAL.exception();
        }
        return deadlineIn(task, time.toNanos());
    }

    /**
     * Writes what is left of a timeout, unless the task's personality(2) is STICKY_TIMEOUTS; a
     * place that cannot be written is ignored, as Linux does.
     */
    static void writeRemaining(Task task, long userAddr, long deadlineNs, long unitNs) {
        boolean sticky = (task.personality() & Personality.STICKY_TIMEOUTS) != 0;
        if (userAddr == 0 || deadlineNs == Blocker.FOREVER || sticky) {
            return;
        }
        long left = Math.max(0, deadlineNs - task.sandbox().clock().monotonicNs());
        try {
            task.user().writeLong(userAddr, left / 1_000_000_000L);
            task.user().writeLong(userAddr + 8, left % 1_000_000_000L / unitNs);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EFAULT) {
                throw e;
            }
        }
    }

    /** Sets a mask for this call if {@code userAddr} is not 0: EINVAL for another size than 8. */
    static void setMask(Task task, long userAddr, long size) {
        if (userAddr == 0) {
            return;
        }
        if (size != Signals.SIGSET_SIZE) {
            throw Errno.EINVAL.exception();
        }
        task.signals().setTemporaryMask(task.user().readLong(userAddr));
    }
}
