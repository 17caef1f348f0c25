package dev.moat.abi;

/**
 * File system types as {@code statfs(2)} reports them.
 *
 * <p>Source: include/uapi/linux/magic.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>
 */
public final class FsMagic {
    public static final int ANON_INODE_FS_MAGIC = 0x9041934;
    public static final int BPF_FS_MAGIC = 0xcafe4a11;
    public static final int CGROUP_SUPER_MAGIC = 0x27e0eb;
    public static final int CGROUP2_SUPER_MAGIC = 0x63677270;
    public static final int DEBUGFS_MAGIC = 0x64626720;
    public static final int DEVPTS_SUPER_MAGIC = 0x1cd1;
    public static final int EXT4_SUPER_MAGIC = 0xef53;
    public static final int FUSE_SUPER_MAGIC = 0x65735546;
    public static final int FUTEXFS_SUPER_MAGIC = 0xbad1dea;
    public static final int HUGETLBFS_MAGIC = 0x958458f6;
    public static final int ISOFS_SUPER_MAGIC = 0x9660;
    public static final int MSDOS_SUPER_MAGIC = 0x4d44;
    public static final int NFS_SUPER_MAGIC = 0x6969;
    public static final int NSFS_MAGIC = 0x6e736673;
    public static final int OVERLAYFS_SUPER_MAGIC = 0x794c7630;
    public static final int PIPEFS_MAGIC = 0x50495045;
    public static final int PROC_SUPER_MAGIC = 0x9fa0;
    public static final int RAMFS_MAGIC = 0x858458f6;
    public static final int SECURITYFS_MAGIC = 0x73636673;
    public static final int SOCKFS_MAGIC = 0x534f434b;
    public static final int SQUASHFS_MAGIC = 0x73717368;
    public static final int SYSFS_MAGIC = 0x62656572;
    public static final int TMPFS_MAGIC = 0x1021994;
    public static final int TRACEFS_MAGIC = 0x74726163;
    public static final int V9FS_MAGIC = 0x1021997;
    public static final int XENFS_SUPER_MAGIC = 0xabba1974;
    public static final int XFS_SUPER_MAGIC = 0x58465342;
    public static final int BTRFS_SUPER_MAGIC = 0x9123683e;
    public static final int BINFMTFS_MAGIC = 0x42494e4d;
    public static final int PID_FS_MAGIC = 0x50494446;
    public static final int SECRETMEM_MAGIC = 0x5345434d;
    public static final int MQUEUE_MAGIC = 0x19800202;

    private FsMagic() {}
}
