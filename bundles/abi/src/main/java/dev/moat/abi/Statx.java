package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct statx}: the extended attributes of a file.
 *
 * @param mask what is valid: see {@link StatxFlags}
 * @param blocks in units of 512 bytes
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public record Statx(
        int mask,
        int blockSizeBytes,
        long attributes,
        int links,
        int uid,
        int gid,
        int mode,
        long inode,
        long sizeBytes,
        long blocks,
        long attributesMask,
        StatxTimestamp accessTime,
        StatxTimestamp birthTime,
        StatxTimestamp changeTime,
        StatxTimestamp modificationTime,
        int specialMajor,
        int specialMinor,
        int deviceMajor,
        int deviceMinor,
        long mountId,
        int directMemoryAlign,
        int directOffsetAlign,
        long subvolume,
        int atomicWriteUnitMin,
        int atomicWriteUnitMax,
        int atomicWriteSegmentsMax,
        int directReadOffsetAlign,
        int atomicWriteUnitMaxOpt) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("stx_mask"),
                            JAVA_INT.withName("stx_blksize"),
                            JAVA_LONG.withName("stx_attributes"),
                            JAVA_INT.withName("stx_nlink"),
                            JAVA_INT.withName("stx_uid"),
                            JAVA_INT.withName("stx_gid"),
                            JAVA_SHORT.withName("stx_mode"),
                            paddingLayout(2),
                            JAVA_LONG.withName("stx_ino"),
                            JAVA_LONG.withName("stx_size"),
                            JAVA_LONG.withName("stx_blocks"),
                            JAVA_LONG.withName("stx_attributes_mask"),
                            StatxTimestamp.LAYOUT.withName("stx_atime"),
                            StatxTimestamp.LAYOUT.withName("stx_btime"),
                            StatxTimestamp.LAYOUT.withName("stx_ctime"),
                            StatxTimestamp.LAYOUT.withName("stx_mtime"),
                            JAVA_INT.withName("stx_rdev_major"),
                            JAVA_INT.withName("stx_rdev_minor"),
                            JAVA_INT.withName("stx_dev_major"),
                            JAVA_INT.withName("stx_dev_minor"),
                            JAVA_LONG.withName("stx_mnt_id"),
                            JAVA_INT.withName("stx_dio_mem_align"),
                            JAVA_INT.withName("stx_dio_offset_align"),
                            JAVA_LONG.withName("stx_subvol"),
                            JAVA_INT.withName("stx_atomic_write_unit_min"),
                            JAVA_INT.withName("stx_atomic_write_unit_max"),
                            JAVA_INT.withName("stx_atomic_write_segments_max"),
                            JAVA_INT.withName("stx_dio_read_offset_align"),
                            JAVA_INT.withName("stx_atomic_write_unit_max_opt"),
                            paddingLayout(4),
                            paddingLayout(64))
                    .withName("struct statx");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long STX_MASK = offset("stx_mask");
    private static final long STX_BLKSIZE = offset("stx_blksize");
    private static final long STX_ATTRIBUTES = offset("stx_attributes");
    private static final long STX_NLINK = offset("stx_nlink");
    private static final long STX_UID = offset("stx_uid");
    private static final long STX_GID = offset("stx_gid");
    private static final long STX_MODE = offset("stx_mode");
    private static final long STX_INO = offset("stx_ino");
    private static final long STX_SIZE = offset("stx_size");
    private static final long STX_BLOCKS = offset("stx_blocks");
    private static final long STX_ATTRIBUTES_MASK = offset("stx_attributes_mask");
    private static final long STX_ATIME = offset("stx_atime");
    private static final long STX_BTIME = offset("stx_btime");
    private static final long STX_CTIME = offset("stx_ctime");
    private static final long STX_MTIME = offset("stx_mtime");
    private static final long STX_RDEV_MAJOR = offset("stx_rdev_major");
    private static final long STX_RDEV_MINOR = offset("stx_rdev_minor");
    private static final long STX_DEV_MAJOR = offset("stx_dev_major");
    private static final long STX_DEV_MINOR = offset("stx_dev_minor");
    private static final long STX_MNT_ID = offset("stx_mnt_id");
    private static final long STX_DIO_MEM_ALIGN = offset("stx_dio_mem_align");
    private static final long STX_DIO_OFFSET_ALIGN = offset("stx_dio_offset_align");
    private static final long STX_SUBVOL = offset("stx_subvol");
    private static final long STX_ATOMIC_WRITE_UNIT_MIN = offset("stx_atomic_write_unit_min");
    private static final long STX_ATOMIC_WRITE_UNIT_MAX = offset("stx_atomic_write_unit_max");
    private static final long STX_ATOMIC_WRITE_SEGMENTS_MAX =
            offset("stx_atomic_write_segments_max");
    private static final long STX_DIO_READ_OFFSET_ALIGN = offset("stx_dio_read_offset_align");
    private static final long STX_ATOMIC_WRITE_UNIT_MAX_OPT =
            offset("stx_atomic_write_unit_max_opt");

    /** Reads the struct that lies at {@code at}. */
    public static Statx readFrom(MemorySegment segment, long at) {
        return new Statx(
                segment.get(JAVA_INT_UNALIGNED, at + STX_MASK),
                segment.get(JAVA_INT_UNALIGNED, at + STX_BLKSIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_ATTRIBUTES),
                segment.get(JAVA_INT_UNALIGNED, at + STX_NLINK),
                segment.get(JAVA_INT_UNALIGNED, at + STX_UID),
                segment.get(JAVA_INT_UNALIGNED, at + STX_GID),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + STX_MODE)),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_INO),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_SIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_BLOCKS),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_ATTRIBUTES_MASK),
                StatxTimestamp.readFrom(segment, at + STX_ATIME),
                StatxTimestamp.readFrom(segment, at + STX_BTIME),
                StatxTimestamp.readFrom(segment, at + STX_CTIME),
                StatxTimestamp.readFrom(segment, at + STX_MTIME),
                segment.get(JAVA_INT_UNALIGNED, at + STX_RDEV_MAJOR),
                segment.get(JAVA_INT_UNALIGNED, at + STX_RDEV_MINOR),
                segment.get(JAVA_INT_UNALIGNED, at + STX_DEV_MAJOR),
                segment.get(JAVA_INT_UNALIGNED, at + STX_DEV_MINOR),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_MNT_ID),
                segment.get(JAVA_INT_UNALIGNED, at + STX_DIO_MEM_ALIGN),
                segment.get(JAVA_INT_UNALIGNED, at + STX_DIO_OFFSET_ALIGN),
                segment.get(JAVA_LONG_UNALIGNED, at + STX_SUBVOL),
                segment.get(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MIN),
                segment.get(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MAX),
                segment.get(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_SEGMENTS_MAX),
                segment.get(JAVA_INT_UNALIGNED, at + STX_DIO_READ_OFFSET_ALIGN),
                segment.get(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MAX_OPT));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + STX_MASK, mask);
        segment.set(JAVA_INT_UNALIGNED, at + STX_BLKSIZE, blockSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_ATTRIBUTES, attributes);
        segment.set(JAVA_INT_UNALIGNED, at + STX_NLINK, links);
        segment.set(JAVA_INT_UNALIGNED, at + STX_UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + STX_GID, gid);
        segment.set(JAVA_SHORT_UNALIGNED, at + STX_MODE, (short) mode);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_INO, inode);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_SIZE, sizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_BLOCKS, blocks);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_ATTRIBUTES_MASK, attributesMask);
        accessTime.writeTo(segment, at + STX_ATIME);
        birthTime.writeTo(segment, at + STX_BTIME);
        changeTime.writeTo(segment, at + STX_CTIME);
        modificationTime.writeTo(segment, at + STX_MTIME);
        segment.set(JAVA_INT_UNALIGNED, at + STX_RDEV_MAJOR, specialMajor);
        segment.set(JAVA_INT_UNALIGNED, at + STX_RDEV_MINOR, specialMinor);
        segment.set(JAVA_INT_UNALIGNED, at + STX_DEV_MAJOR, deviceMajor);
        segment.set(JAVA_INT_UNALIGNED, at + STX_DEV_MINOR, deviceMinor);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_MNT_ID, mountId);
        segment.set(JAVA_INT_UNALIGNED, at + STX_DIO_MEM_ALIGN, directMemoryAlign);
        segment.set(JAVA_INT_UNALIGNED, at + STX_DIO_OFFSET_ALIGN, directOffsetAlign);
        segment.set(JAVA_LONG_UNALIGNED, at + STX_SUBVOL, subvolume);
        segment.set(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MIN, atomicWriteUnitMin);
        segment.set(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MAX, atomicWriteUnitMax);
        segment.set(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_SEGMENTS_MAX, atomicWriteSegmentsMax);
        segment.set(JAVA_INT_UNALIGNED, at + STX_DIO_READ_OFFSET_ALIGN, directReadOffsetAlign);
        segment.set(JAVA_INT_UNALIGNED, at + STX_ATOMIC_WRITE_UNIT_MAX_OPT, atomicWriteUnitMaxOpt);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
