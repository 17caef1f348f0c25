package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Prctl;
import dev.moat.abi.Signals;
import dev.moat.api.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * Which calls of a task are handed to itself as SIGSYS: PR_SET_SYSCALL_USER_DISPATCH of prctl(2),
 * kernel/entry/syscall_user_dispatch.c.
 *
 * @param start of the code whose calls are always made; wraps around for one whose calls are not
 * @param lengthBytes of that code
 * @param selectorUserAddr a byte that says whether calls are made now; 0: they are not
 */
public record UserDispatch(long start, long lengthBytes, long selectorUserAddr) {
    /** What becomes of a call. */
    enum Verdict {
        MADE,
        HANDED_OVER,
        /** The byte cannot be read. */
        FAULT,
        /** The byte has no meaning. */
        SENSELESS
    }

    /**
     * As prctl(2) and PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG are given them.
     *
     * @param mode PR_SYS_DISPATCH_*
     * @return null for none
     * @throws ErrnoException EINVAL for an unknown mode, and for a range that overflows; EFAULT
     */
    public static @Nullable UserDispatch of(long mode, long start, long length, long selector) {
        if (mode == Prctl.PR_SYS_DISPATCH_OFF) {
            if ((start | length | selector) != 0) {
                throw Errno.EINVAL.exception();
            }
            return null;
        }
        if (mode != Prctl.PR_SYS_DISPATCH_EXCLUSIVE_ON
                && mode != Prctl.PR_SYS_DISPATCH_INCLUSIVE_ON) {
            throw Errno.EINVAL.exception();
        }
        return of(mode == Prctl.PR_SYS_DISPATCH_INCLUSIVE_ON, start, length, selector);
    }

    /**
     * Checks a range.
     *
     * @param inclusive calls from the range are handed over, instead of all others
     * @throws ErrnoException EINVAL for a range that overflows; EFAULT
     */
    private static UserDispatch of(boolean inclusive, long start, long length, long selector) {
        boolean wraps = Long.compareUnsigned(start + length, start) <= 0;
        if (inclusive ? length == 0 || wraps : start != 0 && wraps) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(selector, MemoryFlags.TASK_SIZE_MAX) >= 0) {
            throw Errno.EFAULT.exception();
        }
        return inclusive
                ? new UserDispatch(start + length, -length, selector)
                : new UserDispatch(start, length, selector);
    }

    /** Judges a call that was made right before {@code pc}. */
    Verdict judge(Task task, long pc) {
        if (Long.compareUnsigned(pc - start, lengthBytes) < 0) {
            return Verdict.MADE;
        }
        if (selectorUserAddr == 0) {
            return Verdict.HANDED_OVER;
        }
        try {
            return switch (task.user().readByte(selectorUserAddr)) {
                case Prctl.SYSCALL_DISPATCH_FILTER_ALLOW -> Verdict.MADE;
                case Prctl.SYSCALL_DISPATCH_FILTER_BLOCK -> Verdict.HANDED_OVER;
                default -> Verdict.SENSELESS;
            };
        } catch (ErrnoException e) {
            return Verdict.FAULT;
        }
    }

    /** The signal that ends a process whose byte is wrong. */
    static int endOf(Verdict verdict) {
        return verdict == Verdict.FAULT ? Signals.SIGSEGV : Signals.SIGSYS;
    }
}
