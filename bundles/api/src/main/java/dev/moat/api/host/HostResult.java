package dev.moat.api.host;

import dev.moat.abi.Errno;

/** Reads results of host calls: a value {@code >= 0} or a negated errno. */
public final class HostResult {
    private HostResult() {}

    /** Whether {@code result} is a negated errno. */
    public static boolean failed(long result) {
        return result < 0 && result > -4096;
    }

    /** Whether {@code result} is this error. */
    public static boolean is(long result, Errno errno) {
        return result == -errno.number();
    }

    /**
     * Gives {@code result} back if it is a value.
     *
     * @throws dev.moat.abi.ErrnoException the error otherwise; EIO for a number Linux does not know
     */
    public static long orThrow(long result) {
        if (failed(result)) {
            throw Errno.of((int) -result).orElse(Errno.EIO).exception();
        }
        return result;
    }

    /** {@link #orThrow(long)} for descriptors and other small results. */
    public static int orThrow(int result) {
        return (int) orThrow((long) result);
    }
}
