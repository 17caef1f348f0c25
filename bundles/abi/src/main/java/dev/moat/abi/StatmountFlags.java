package dev.moat.abi;

/**
 * What statmount(2) can tell, and the special numbers of listmount(2).
 *
 * <p>Source: include/uapi/linux/mount.h.
 */
public final class StatmountFlags {
    public static final int STATMOUNT_SB_BASIC = 0x1;
    public static final int STATMOUNT_MNT_BASIC = 0x2;
    public static final int STATMOUNT_PROPAGATE_FROM = 0x4;
    public static final int STATMOUNT_MNT_ROOT = 0x8;
    public static final int STATMOUNT_MNT_POINT = 0x10;
    public static final int STATMOUNT_FS_TYPE = 0x20;
    public static final int STATMOUNT_MNT_NS_ID = 0x40;
    public static final int STATMOUNT_MNT_OPTS = 0x80;
    public static final int STATMOUNT_FS_SUBTYPE = 0x100;
    public static final int STATMOUNT_SB_SOURCE = 0x200;
    public static final int STATMOUNT_OPT_ARRAY = 0x400;
    public static final int STATMOUNT_OPT_SEC_ARRAY = 0x800;
    public static final int STATMOUNT_SUPPORTED_MASK = 0x1000;
    public static final int STATMOUNT_MNT_UIDMAP = 0x2000;
    public static final int STATMOUNT_MNT_GIDMAP = 0x4000;

    public static final int MNT_ID_REQ_SIZE_VER0 = 24;
    public static final long LSMT_ROOT = 0xffffffffffffffffL;
    public static final int LISTMOUNT_REVERSE = 0x1;

    private StatmountFlags() {}
}
