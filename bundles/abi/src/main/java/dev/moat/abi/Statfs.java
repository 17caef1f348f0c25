package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct statfs}: the state of a mounted file system.
 *
 * @param type see {@link FsMagic}
 * @param flags {@code ST_} of {@link MountFlags}
 * @see <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>
 */
public record Statfs(
        long type,
        long blockSizeBytes,
        long blocks,
        long freeBlocks,
        long availableBlocks,
        long files,
        long freeFiles,
        long fsid,
        long maxNameBytes,
        long fragmentSizeBytes,
        long flags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("f_type"),
                            JAVA_LONG.withName("f_bsize"),
                            JAVA_LONG.withName("f_blocks"),
                            JAVA_LONG.withName("f_bfree"),
                            JAVA_LONG.withName("f_bavail"),
                            JAVA_LONG.withName("f_files"),
                            JAVA_LONG.withName("f_ffree"),
                            JAVA_LONG.withName("f_fsid"),
                            JAVA_LONG.withName("f_namelen"),
                            JAVA_LONG.withName("f_frsize"),
                            JAVA_LONG.withName("f_flags"),
                            paddingLayout(32))
                    .withName("struct statfs");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long F_TYPE = offset("f_type");
    private static final long F_BSIZE = offset("f_bsize");
    private static final long F_BLOCKS = offset("f_blocks");
    private static final long F_BFREE = offset("f_bfree");
    private static final long F_BAVAIL = offset("f_bavail");
    private static final long F_FILES = offset("f_files");
    private static final long F_FFREE = offset("f_ffree");
    private static final long F_FSID = offset("f_fsid");
    private static final long F_NAMELEN = offset("f_namelen");
    private static final long F_FRSIZE = offset("f_frsize");
    private static final long F_FLAGS = offset("f_flags");

    /** Reads the struct that lies at {@code at}. */
    public static Statfs readFrom(MemorySegment segment, long at) {
        return new Statfs(
                segment.get(JAVA_LONG_UNALIGNED, at + F_TYPE),
                segment.get(JAVA_LONG_UNALIGNED, at + F_BSIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + F_BLOCKS),
                segment.get(JAVA_LONG_UNALIGNED, at + F_BFREE),
                segment.get(JAVA_LONG_UNALIGNED, at + F_BAVAIL),
                segment.get(JAVA_LONG_UNALIGNED, at + F_FILES),
                segment.get(JAVA_LONG_UNALIGNED, at + F_FFREE),
                segment.get(JAVA_LONG_UNALIGNED, at + F_FSID),
                segment.get(JAVA_LONG_UNALIGNED, at + F_NAMELEN),
                segment.get(JAVA_LONG_UNALIGNED, at + F_FRSIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + F_FLAGS));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + F_TYPE, type);
        segment.set(JAVA_LONG_UNALIGNED, at + F_BSIZE, blockSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + F_BLOCKS, blocks);
        segment.set(JAVA_LONG_UNALIGNED, at + F_BFREE, freeBlocks);
        segment.set(JAVA_LONG_UNALIGNED, at + F_BAVAIL, availableBlocks);
        segment.set(JAVA_LONG_UNALIGNED, at + F_FILES, files);
        segment.set(JAVA_LONG_UNALIGNED, at + F_FFREE, freeFiles);
        segment.set(JAVA_LONG_UNALIGNED, at + F_FSID, fsid);
        segment.set(JAVA_LONG_UNALIGNED, at + F_NAMELEN, maxNameBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + F_FRSIZE, fragmentSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + F_FLAGS, flags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
