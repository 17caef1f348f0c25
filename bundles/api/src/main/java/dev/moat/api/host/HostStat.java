package dev.moat.api.host;

/**
 * What statx(2) says of a host file: filled by {@link HostFiles#stat}, made once and used again.
 * Not thread safe. Field meanings are those of {@code struct statx}; device numbers are {@code
 * makedev(3)} values as in {@code struct stat}.
 */
public final class HostStat {
    public long device;
    public long inode;
    public int mode;
    public int linkCount;
    public int uid;
    public int gid;
    public long rawDevice;
    public long sizeBytes;
    public int blockSizeBytes;

    /** Allocated 512-byte blocks. */
    public long blocks;

    public long accessTimeSeconds;
    public int accessTimeNanos;
    public long modifyTimeSeconds;
    public int modifyTimeNanos;
    public long changeTimeSeconds;
    public int changeTimeNanos;

    /** 0 where the file system keeps none. */
    public long birthTimeSeconds;

    public int birthTimeNanos;

    /** {@code STATX_ATTR_*} bits. */
    public long attributes;

    /** Unique id of the mount ({@code STATX_MNT_ID}), 0 if the host does not tell. */
    public long mountId;
}
