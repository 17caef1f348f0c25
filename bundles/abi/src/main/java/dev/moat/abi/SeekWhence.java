package dev.moat.abi;

/**
 * The origin of {@code lseek(2)}.
 *
 * <p>Source: include/uapi/linux/fs.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/lseek.2.html">lseek(2)</a>
 */
public final class SeekWhence {
    public static final int SEEK_SET = 0;
    public static final int SEEK_CUR = 1;
    public static final int SEEK_END = 2;
    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;
    public static final int SEEK_MAX = 4;

    private SeekWhence() {}
}
