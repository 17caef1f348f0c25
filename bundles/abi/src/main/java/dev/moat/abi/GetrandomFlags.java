package dev.moat.abi;

/**
 * Flags of {@code getrandom(2)}.
 *
 * <p>Source: include/uapi/linux/random.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrandom.2.html">getrandom(2)</a>
 */
public final class GetrandomFlags {
    public static final int GRND_NONBLOCK = 0x1;
    public static final int GRND_RANDOM = 0x2;
    public static final int GRND_INSECURE = 0x4;

    private GetrandomFlags() {}
}
