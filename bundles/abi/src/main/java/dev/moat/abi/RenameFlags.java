package dev.moat.abi;

/**
 * Flags of {@code renameat2(2)}.
 *
 * <p>Source: include/uapi/linux/fs.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/rename.2.html">rename(2)</a>
 */
public final class RenameFlags {
    public static final int RENAME_NOREPLACE = 0x1;
    public static final int RENAME_EXCHANGE = 0x2;
    public static final int RENAME_WHITEOUT = 0x4;

    private RenameFlags() {}
}
