package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/**
 * What a program does that was asked to make a key: keyctl_instantiate(3). Only it may, and nobody
 * is asked: what was said is checked, then it is EPERM.
 */
final class MakingOfKeys {
    private static final int MOST_BYTES = (1 << 20) - 1;
    private static final int MOST_ERRNO = 4095;
    private static final int MOST_PIECES = 1024;
    private static final int IOVEC_BYTES = 16;

    /** Errors that only the kernel itself knows: ERESTARTSYS to ERESTARTNOHAND, and a block. */
    private static final int FIRST_RESTART = 512;

    private static final int LAST_RESTART = 514;
    private static final int RESTART_BLOCK = 516;

    private MakingOfKeys() {}

    static long instantiate(long payloadBytes) {
        return (Long.compareUnsigned(payloadBytes, MOST_BYTES) > 0 ? Errno.EINVAL : Errno.EPERM)
                .negated();
    }

    /** As {@link #instantiate(long)}, from pieces: EFAULT. */
    static long instantiate(Task task, long piecesAddr, long pieces) {
        if (Long.compareUnsigned(pieces, MOST_PIECES) > 0) {
            return Errno.EINVAL.negated();
        }
        if (piecesAddr != 0 && pieces != 0) {
            task.user().copyIn(piecesAddr, (int) pieces * IOVEC_BYTES);
        }
        return Errno.EPERM.negated();
    }

    static long negate() {
        return Errno.EPERM.negated();
    }

    static long reject(int error) {
        boolean ours = error >= FIRST_RESTART && error <= LAST_RESTART || error == RESTART_BLOCK;
        boolean told = error > 0 && error < MOST_ERRNO && !ours;
        return (told ? Errno.EPERM : Errno.EINVAL).negated();
    }
}
