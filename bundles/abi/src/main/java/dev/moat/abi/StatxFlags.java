package dev.moat.abi;

/**
 * The mask and attributes of {@code statx(2)}.
 *
 * <p>Source: include/uapi/linux/stat.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public final class StatxFlags {
    // stx_mask.
    public static final int STATX_TYPE = 0x1;
    public static final int STATX_MODE = 0x2;
    public static final int STATX_NLINK = 0x4;
    public static final int STATX_UID = 0x8;
    public static final int STATX_GID = 0x10;
    public static final int STATX_ATIME = 0x20;
    public static final int STATX_MTIME = 0x40;
    public static final int STATX_CTIME = 0x80;
    public static final int STATX_INO = 0x100;
    public static final int STATX_SIZE = 0x200;
    public static final int STATX_BLOCKS = 0x400;
    public static final int STATX_BASIC_STATS = 0x7ff;
    public static final int STATX_BTIME = 0x800;
    public static final int STATX_ALL = 0xfff;
    public static final int STATX_MNT_ID = 0x1000;
    public static final int STATX_DIOALIGN = 0x2000;

    public static final int STATX_MNT_ID_UNIQUE = 0x4000;
    public static final int STATX_SUBVOL = 0x8000;
    public static final int STATX_WRITE_ATOMIC = 0x10000;
    public static final int STATX_DIO_READ_ALIGN = 0x20000;

    // Refused with EINVAL.
    public static final int STATX__RESERVED = 0x80000000;

    // stx_attributes.
    public static final long STATX_ATTR_COMPRESSED = 0x4L;
    public static final long STATX_ATTR_IMMUTABLE = 0x10L;
    public static final long STATX_ATTR_APPEND = 0x20L;
    public static final long STATX_ATTR_NODUMP = 0x40L;
    public static final long STATX_ATTR_ENCRYPTED = 0x800L;
    public static final long STATX_ATTR_AUTOMOUNT = 0x1000L;
    public static final long STATX_ATTR_MOUNT_ROOT = 0x2000L;
    public static final long STATX_ATTR_VERITY = 0x100000L;
    public static final long STATX_ATTR_DAX = 0x200000L;

    public static final long STATX_ATTR_WRITE_ATOMIC = 0x400000L;

    private StatxFlags() {}
}
