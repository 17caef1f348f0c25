package dev.moat.abi;

/**
 * Device numbers as {@code stat(2)} and {@code mknod(2)} encode them.
 *
 * <p>Source: include/linux/kdev_t.h, new_encode_dev and huge_encode_dev.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/makedev.3.html">makedev(3)</a>
 */
public final class DeviceNumbers {
    private DeviceNumbers() {}

    /** Returns the encoded number of a major (12 bits) and a minor (20 bits). */
    public static long make(int major, int minor) {
        return Integer.toUnsignedLong((minor & 0xff) | major << 8 | (minor & ~0xff) << 12);
    }

    /** Returns the major of an encoded number. */
    public static int major(long device) {
        return (int) device >>> 8 & 0xfff;
    }

    /** Returns the minor of an encoded number. */
    public static int minor(long device) {
        return ((int) device & 0xff) | ((int) device >>> 12 & 0xfff00);
    }
}
