package dev.moat.abi;

/**
 * The directory descriptor and flags of the {@code *at} calls.
 *
 * <p>Source: include/uapi/linux/fcntl.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/openat.2.html">openat(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public final class At {
    // The current directory, as a descriptor.
    public static final int AT_FDCWD = -100;

    // Flags.
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_EACCESS = 0x200;
    public static final int AT_REMOVEDIR = 0x200;
    public static final int AT_SYMLINK_FOLLOW = 0x400;
    public static final int AT_NO_AUTOMOUNT = 0x800;
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_STATX_SYNC_TYPE = 0x6000;
    public static final int AT_STATX_SYNC_AS_STAT = 0x0;
    public static final int AT_STATX_FORCE_SYNC = 0x2000;
    public static final int AT_STATX_DONT_SYNC = 0x4000;
    public static final int AT_RECURSIVE = 0x8000;
    public static final int AT_HANDLE_FID = 0x200;
    public static final int AT_HANDLE_MNT_ID_UNIQUE = 0x1;
    public static final int AT_HANDLE_CONNECTABLE = 0x2;
    public static final int AT_EXECVE_CHECK = 0x10000;

    // Modes of renameat2(2) under their AT names.
    public static final int AT_RENAME_NOREPLACE = 0x1;
    public static final int AT_RENAME_EXCHANGE = 0x2;
    public static final int AT_RENAME_WHITEOUT = 0x4;

    // utimensat(2): special values of tv_nsec, include/linux/stat.h.
    public static final int UTIME_NOW = 0x3fffffff;
    public static final int UTIME_OMIT = 0x3ffffffe;

    // name_to_handle_at(2): longest handle, types of handles, include/linux/exportfs.h.
    public static final int MAX_HANDLE_SZ = 128;
    public static final int FILEID_INO32_GEN = 0x1;
    public static final int FILEID_INO64_GEN = 0x81;
    public static final int FILEID_KERNFS = 0xfe;
    public static final int FILEID_IS_CONNECTABLE = 0x10000;
    public static final int FILEID_IS_DIR = 0x20000;
    public static final int FILEID_USER_FLAGS_MASK = 0xffff0000;

    private At() {}
}
