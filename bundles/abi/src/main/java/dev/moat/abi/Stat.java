package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct stat}: the attributes of a file.
 *
 * @param device encoded: see {@link DeviceNumbers}
 * @param specialDevice encoded: see {@link DeviceNumbers}
 * @param blocks in units of 512 bytes
 * @see <a href="https://man7.org/linux/man-pages/man3/stat.3type.html">stat(3type)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/stat.2.html">stat(2)</a>
 */
public record Stat(
        long device,
        long inode,
        long links,
        int mode,
        int uid,
        int gid,
        long specialDevice,
        long sizeBytes,
        long blockSizeBytes,
        long blocks,
        Timespec accessTime,
        Timespec modificationTime,
        Timespec changeTime) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("st_dev"),
                            JAVA_LONG.withName("st_ino"),
                            JAVA_LONG.withName("st_nlink"),
                            JAVA_INT.withName("st_mode"),
                            JAVA_INT.withName("st_uid"),
                            JAVA_INT.withName("st_gid"),
                            paddingLayout(4),
                            JAVA_LONG.withName("st_rdev"),
                            JAVA_LONG.withName("st_size"),
                            JAVA_LONG.withName("st_blksize"),
                            JAVA_LONG.withName("st_blocks"),
                            JAVA_LONG.withName("st_atime"),
                            JAVA_LONG.withName("st_atime_nsec"),
                            JAVA_LONG.withName("st_mtime"),
                            JAVA_LONG.withName("st_mtime_nsec"),
                            JAVA_LONG.withName("st_ctime"),
                            JAVA_LONG.withName("st_ctime_nsec"),
                            paddingLayout(24))
                    .withName("struct stat");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ST_DEV = offset("st_dev");
    private static final long ST_INO = offset("st_ino");
    private static final long ST_NLINK = offset("st_nlink");
    private static final long ST_MODE = offset("st_mode");
    private static final long ST_UID = offset("st_uid");
    private static final long ST_GID = offset("st_gid");
    private static final long ST_RDEV = offset("st_rdev");
    private static final long ST_SIZE = offset("st_size");
    private static final long ST_BLKSIZE = offset("st_blksize");
    private static final long ST_BLOCKS = offset("st_blocks");
    private static final long ST_ATIME = offset("st_atime");
    private static final long ST_MTIME = offset("st_mtime");
    private static final long ST_CTIME = offset("st_ctime");

    /** Reads the struct that lies at {@code at}. */
    public static Stat readFrom(MemorySegment segment, long at) {
        return new Stat(
                segment.get(JAVA_LONG_UNALIGNED, at + ST_DEV),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_INO),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_NLINK),
                segment.get(JAVA_INT_UNALIGNED, at + ST_MODE),
                segment.get(JAVA_INT_UNALIGNED, at + ST_UID),
                segment.get(JAVA_INT_UNALIGNED, at + ST_GID),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_RDEV),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_SIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_BLKSIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + ST_BLOCKS),
                Timespec.readFrom(segment, at + ST_ATIME),
                Timespec.readFrom(segment, at + ST_MTIME),
                Timespec.readFrom(segment, at + ST_CTIME));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_DEV, device);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_INO, inode);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_NLINK, links);
        segment.set(JAVA_INT_UNALIGNED, at + ST_MODE, mode);
        segment.set(JAVA_INT_UNALIGNED, at + ST_UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + ST_GID, gid);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_RDEV, specialDevice);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_SIZE, sizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_BLKSIZE, blockSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + ST_BLOCKS, blocks);
        accessTime.writeTo(segment, at + ST_ATIME);
        modificationTime.writeTo(segment, at + ST_MTIME);
        changeTime.writeTo(segment, at + ST_CTIME);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
