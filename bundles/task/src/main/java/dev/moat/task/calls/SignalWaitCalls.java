package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
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
        GuestTask guest = GuestTask.of(task);
        SignalWait suspended = task.resumption().take(SignalWait.class);
        if (suspended != null) {
            return answer(guest, suspended, infoAddr, task.resumption().deadlineNs());
        }
        long unwaitable = Signals.mask(Signals.SIGKILL) | Signals.mask(Signals.SIGSTOP);
        long mask = task.user().readLong(setAddr) & ~unwaitable;
        long timeoutNs =
                timeoutAddr == 0
                        ? Long.MAX_VALUE
                        : Structs.timespec(task.user(), timeoutAddr).toNanos();
        SigInfo info = guest.signals().dequeue(mask);
        if (info != null) {
            return give(task, info, infoAddr);
        }
        if (timeoutNs <= 0) {
            return Errno.EAGAIN.negated();
        }
        long deadlineNs = task.resumption().deadlineAfter(task, timeoutNs);
        SignalWait wait = new SignalWait(mask, guest.signals().beginWait(mask));
        return answer(guest, wait, infoAddr, deadlineNs);
    }

    /**
     * A wait for a signal of {@code mask}.
     *
     * @param blockedBefore what was blocked before the wait began
     */
    private record SignalWait(long mask, long blockedBefore) {}

    private static long answer(GuestTask task, SignalWait wait, long infoAddr, long deadlineNs) {
        long interrupted = await(task, wait, deadlineNs);
        SigInfo info = task.signals().dequeue(wait.mask());
        return info == null ? interrupted : give(task, info, infoAddr);
    }

    private static long give(Task task, SigInfo info, long infoAddr) {
        if (infoAddr != 0) {
            MemorySegment struct = Structs.allocate(SigInfo.SIZE);
            info.writeTo(struct, 0);
            Structs.copyOut(task.user(), infoAddr, struct);
        }
        return info.signal();
    }

    /** Sleeps until a signal arrives; gives what to return if it is none of the mask. */
    private static long await(GuestTask task, SignalWait wait, long deadlineNs) {
        TaskSignals signals = task.signals();
        Blocker.Outcome outcome;
        try {
            outcome =
                    task.blocker().await(() -> (signals.pending() & wait.mask()) != 0, deadlineNs);
        } catch (WaitSuspended e) {
            // The signals stay unblocked: else some would be thrown away at the safe point.
            task.resumption().keep(wait);
            throw e;
        }
        signals.endWait(wait.blockedBefore());
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.EAGAIN.negated()
                : Errno.EINTR.negated();
    }
}
