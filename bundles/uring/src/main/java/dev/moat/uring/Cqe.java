package dev.moat.uring;

/**
 * {@code struct io_uring_cqe}.
 *
 * @param isWide whether it has the second half, {@code big_cqe}, of its own
 * @param extra1 the first word of that
 * @param extra2 the second one
 */
record Cqe(long userData, int result, int flags, boolean isWide, long extra1, long extra2) {
    Cqe(long userData, int result, int flags) {
        this(userData, result, flags, false, 0, 0);
    }
}
