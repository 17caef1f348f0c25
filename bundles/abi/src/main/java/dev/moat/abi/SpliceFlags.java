package dev.moat.abi;

/**
 * Flags of {@code splice(2)}, {@code tee(2)} and {@code vmsplice(2)}.
 *
 * <p>Source: include/linux/splice.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/splice.2.html">splice(2)</a>
 */
public final class SpliceFlags {
    public static final int SPLICE_F_MOVE = 0x1;
    public static final int SPLICE_F_NONBLOCK = 0x2;
    public static final int SPLICE_F_MORE = 0x4;
    public static final int SPLICE_F_GIFT = 0x8;

    /** Of io_uring only: include/uapi/linux/io_uring.h. */
    public static final int SPLICE_F_FD_IN_FIXED = 1 << 31;

    private SpliceFlags() {}
}
