package dev.moat.uring;

/**
 * What io_uring_setup(2) was asked for.
 *
 * @param flags IORING_SETUP_*
 * @param idleNs how long a polled ring stays awake without submissions
 */
record RingSettings(RingLayout layout, int flags, long idleNs) {
    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
