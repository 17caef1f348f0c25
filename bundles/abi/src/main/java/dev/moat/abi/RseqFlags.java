package dev.moat.abi;

/**
 * Flags and states of {@code rseq(2)}.
 *
 * <p>Source: include/uapi/linux/rseq.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/rseq.2.html">rseq(2)</a>
 */
public final class RseqFlags {
    public static final int RSEQ_FLAG_UNREGISTER = 1;
    public static final int RSEQ_CPU_ID_UNINITIALIZED = -1;
    public static final int RSEQ_CPU_ID_REGISTRATION_FAILED = -2;

    public static final int RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT = 0x1;
    public static final int RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL = 0x2;
    public static final int RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE = 0x4;

    // Size of struct rseq as first published.
    public static final int RSEQ_ORIG_SIZE = 32;

    private RseqFlags() {}
}
