package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TaskSignals;
import java.lang.foreign.MemorySegment;

/** {@code sigtimedwait(2)}. */
final class SignalWaitCalls {
    @Syscall(nr = 128, name = "rt_sigtimedwait")
    long rtSigtimedwait(Task task, long setAddr, long infoAddr, long timeoutAddr, long setSize) {
        if (setSize != Signals.SIGSET_SIZE) {
            throw Errno.EINVAL.exception();
        }
        long unwaitable = Signals.mask(Signals.SIGKILL) | Signals.mask(Signals.SIGSTOP);
        long mask = task.user().readLong(setAddr) & ~unwaitable;
        long timeoutNs =
                timeoutAddr == 0
                        ? Long.MAX_VALUE
                        : Structs.timespec(task.user(), timeoutAddr).toNanos();
        GuestTask guest = GuestTask.of(task);
        SigInfo info = guest.signals().dequeue(mask);
        if (info == null && timeoutNs > 0) {
            long interrupted = await(guest, mask, timeoutNs);
            info = guest.signals().dequeue(mask);
            if (info == null) {
                return interrupted;
            }
        }
        if (info == null) {
            return Errno.EAGAIN.negated();
        }
        if (infoAddr != 0) {
            MemorySegment struct = Structs.allocate(SigInfo.SIZE);
            info.writeTo(struct, 0);
            Structs.copyOut(task.user(), infoAddr, struct);
        }
        return info.signal();
    }

    /** Sleeps until a signal arrives; gives what to return if it is none of the mask. */
    private static long await(GuestTask task, long mask, long timeoutNs) {
        long nowNs = task.services().clock().monotonicNs();
        long deadlineNs = timeoutNs > Long.MAX_VALUE - nowNs ? Blocker.FOREVER : nowNs + timeoutNs;
        TaskSignals signals = task.signals();
        long before = signals.beginWait(mask);
        Blocker.Outcome outcome;
        try {
            outcome = task.blocker().await(() -> (signals.pending() & mask) != 0, deadlineNs);
        } finally {
            signals.endWait(before);
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.EAGAIN.negated()
                : Errno.EINTR.negated();
    }
}
