package dev.moat.abi;

/**
 * Capability numbers: bit positions of a set.
 *
 * <p>Source: include/uapi/linux/capability.h, linux/securebits.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public final class Capabilities {
    public static final int CAP_CHOWN = 0;
    public static final int CAP_DAC_OVERRIDE = 1;
    public static final int CAP_DAC_READ_SEARCH = 2;
    public static final int CAP_FOWNER = 3;
    public static final int CAP_FSETID = 4;
    public static final int CAP_KILL = 5;
    public static final int CAP_SETGID = 6;
    public static final int CAP_SETUID = 7;
    public static final int CAP_SETPCAP = 8;
    public static final int CAP_LINUX_IMMUTABLE = 9;
    public static final int CAP_NET_BIND_SERVICE = 10;
    public static final int CAP_NET_BROADCAST = 11;
    public static final int CAP_NET_ADMIN = 12;
    public static final int CAP_NET_RAW = 13;
    public static final int CAP_IPC_LOCK = 14;
    public static final int CAP_IPC_OWNER = 15;
    public static final int CAP_SYS_MODULE = 16;
    public static final int CAP_SYS_RAWIO = 17;
    public static final int CAP_SYS_CHROOT = 18;
    public static final int CAP_SYS_PTRACE = 19;
    public static final int CAP_SYS_PACCT = 20;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_BOOT = 22;
    public static final int CAP_SYS_NICE = 23;
    public static final int CAP_SYS_RESOURCE = 24;
    public static final int CAP_SYS_TIME = 25;
    public static final int CAP_SYS_TTY_CONFIG = 26;
    public static final int CAP_MKNOD = 27;
    public static final int CAP_LEASE = 28;
    public static final int CAP_AUDIT_WRITE = 29;
    public static final int CAP_AUDIT_CONTROL = 30;
    public static final int CAP_SETFCAP = 31;
    public static final int CAP_MAC_OVERRIDE = 32;
    public static final int CAP_MAC_ADMIN = 33;
    public static final int CAP_SYSLOG = 34;
    public static final int CAP_WAKE_ALARM = 35;
    public static final int CAP_BLOCK_SUSPEND = 36;
    public static final int CAP_AUDIT_READ = 37;
    public static final int CAP_PERFMON = 38;
    public static final int CAP_BPF = 39;
    public static final int CAP_CHECKPOINT_RESTORE = 40;
    public static final int CAP_LAST_CAP = 40;

    // Versions of the header of capget(2).
    public static final int _LINUX_CAPABILITY_VERSION_1 = 0x19980330;
    public static final int _LINUX_CAPABILITY_VERSION_2 = 0x20071026;
    public static final int _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    public static final int _LINUX_CAPABILITY_U32S_1 = 1;
    public static final int _LINUX_CAPABILITY_U32S_2 = 2;
    public static final int _LINUX_CAPABILITY_U32S_3 = 2;

    // security.capability.
    public static final int VFS_CAP_REVISION_MASK = 0xff000000;
    public static final int VFS_CAP_FLAGS_EFFECTIVE = 0x1;
    public static final int VFS_CAP_REVISION_1 = 0x1000000;
    public static final int VFS_CAP_REVISION_2 = 0x2000000;
    public static final int VFS_CAP_REVISION_3 = 0x3000000;

    /** Every capability: the set of a privileged process. */
    public static final long ALL = (1L << (CAP_LAST_CAP + 1)) - 1;

    private Capabilities() {}

    /** Returns the bit of a capability. */
    public static long mask(int capability) {
        return 1L << capability;
    }
}
