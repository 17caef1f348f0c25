package dev.moat.abi;

/**
 * Flags of {@code close_range(2)}.
 *
 * <p>Source: include/uapi/linux/close_range.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/close_range.2.html">close_range(2)</a>
 */
public final class CloseRangeFlags {
    public static final int CLOSE_RANGE_UNSHARE = 0x2;
    public static final int CLOSE_RANGE_CLOEXEC = 0x4;

    private CloseRangeFlags() {}
}
