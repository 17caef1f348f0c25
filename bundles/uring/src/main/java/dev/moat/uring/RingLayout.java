package dev.moat.uring;

import dev.moat.abi.IoUring;

/**
 * Where the parts of a ring lie in the memory that the guest maps: indexes, completions, the array
 * of the submission ring, and, at an offset of their own, submissions. Sizes are powers of two.
 */
record RingLayout(
        int entries, int completions, int submissionBytes, int completionBytes, boolean hasArray) {
    static final int SQ_HEAD = 0;
    static final int SQ_TAIL = 64;
    static final int SQ_MASK = 128;
    static final int SQ_ENTRIES = 132;
    static final int SQ_FLAGS = 136;
    static final int SQ_DROPPED = 140;
    static final int CQ_HEAD = 192;
    static final int CQ_TAIL = 256;
    static final int CQ_MASK = 320;
    static final int CQ_ENTRIES = 324;
    static final int CQ_OVERFLOW = 328;
    static final int CQ_FLAGS = 332;
    static final int COMPLETIONS = 384;

    /** {@code struct io_uring_cqe}: user_data, res, flags. */
    static final int COMPLETION_BYTES = 16;

    long arrayOffset() {
        return COMPLETIONS + (long) completions * completionBytes;
    }

    long arrayEntry(int index) {
        return arrayOffset() + 4L * (index & (entries - 1));
    }

    long completion(int index) {
        return COMPLETIONS + (long) (index & (completions - 1)) * completionBytes;
    }

    long submission(int index) {
        return IoUring.IORING_OFF_SQES + (long) index * submissionBytes;
    }

    long sizeBytes() {
        return IoUring.IORING_OFF_SQES + (long) entries * submissionBytes;
    }
}
