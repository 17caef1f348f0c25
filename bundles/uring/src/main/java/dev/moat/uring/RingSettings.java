package dev.moat.uring;

import dev.moat.abi.IoUring;

/**
 * What io_uring_setup(2) was asked for.
 *
 * @param flags IORING_SETUP_*
 * @param idleNs how long a polled ring stays awake without submissions
 */
record RingSettings(RingLayout layout, int flags, long idleNs) {
    /** Whether completions may have a second half. */
    boolean hasWideCompletions() {
        return has(IoUring.IORING_SETUP_CQE32 | IoUring.IORING_SETUP_CQE_MIXED);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
