package dev.moat.abi;

/** Commands, kinds and flags of {@code quotactl(2)}: include/uapi/linux/quota.h. */
public final class QuotaConstants {
    public static final int USRQUOTA = 0;
    public static final int GRPQUOTA = 1;

    /** The command is above the kind: QCMD(). */
    public static final int SUBCMDSHIFT = 8;

    public static final int SUBCMDMASK = 0xff;
    public static final int Q_SYNC = 0x800001;
    public static final int Q_QUOTAON = 0x800002;
    public static final int Q_QUOTAOFF = 0x800003;
    public static final int Q_GETFMT = 0x800004;
    public static final int Q_GETINFO = 0x800005;
    public static final int Q_SETINFO = 0x800006;
    public static final int Q_GETQUOTA = 0x800007;
    public static final int Q_SETQUOTA = 0x800008;
    public static final int Q_GETNEXTQUOTA = 0x800009;

    /** Format of tmpfs, which has no file. */
    public static final int QFMT_SHMEM = 5;

    public static final int QIF_BLIMITS = 1;
    public static final int QIF_SPACE = 2;
    public static final int QIF_ILIMITS = 4;
    public static final int QIF_INODES = 8;
    public static final int QIF_BTIME = 16;
    public static final int QIF_ITIME = 32;
    public static final int QIF_ALL = 63;
    public static final int IIF_BGRACE = 1;
    public static final int IIF_IGRACE = 2;
    public static final int IIF_FLAGS = 4;
    public static final int IIF_ALL = 7;
    public static final int DQF_ROOT_SQUASH = 1;
    public static final int DQF_SYS_FILE = 1 << 16;

    private QuotaConstants() {}
}
