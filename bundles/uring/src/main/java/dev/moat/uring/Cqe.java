package dev.moat.uring;

/** {@code struct io_uring_cqe}. */
record Cqe(long userData, int result, int flags) {}
