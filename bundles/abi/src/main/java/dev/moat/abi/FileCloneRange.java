package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct file_clone_range}: the argument of FICLONERANGE.
 *
 * @param lengthBytes 0 means to the end of the file
 * @see <a href="https://man7.org/linux/man-pages/man2/FICLONE.2const.html">FICLONE(2const)</a>
 */
public record FileCloneRange(
        long sourceFd, long sourceOffset, long lengthBytes, long targetOffset) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("src_fd"),
                            JAVA_LONG.withName("src_offset"),
                            JAVA_LONG.withName("src_length"),
                            JAVA_LONG.withName("dest_offset"))
                    .withName("struct file_clone_range");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SRC_FD = offset("src_fd");
    private static final long SRC_OFFSET = offset("src_offset");
    private static final long SRC_LENGTH = offset("src_length");
    private static final long DEST_OFFSET = offset("dest_offset");

    /** Reads the struct that lies at {@code at}. */
    public static FileCloneRange readFrom(MemorySegment segment, long at) {
        return new FileCloneRange(
                segment.get(JAVA_LONG_UNALIGNED, at + SRC_FD),
                segment.get(JAVA_LONG_UNALIGNED, at + SRC_OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + SRC_LENGTH),
                segment.get(JAVA_LONG_UNALIGNED, at + DEST_OFFSET));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + SRC_FD, sourceFd);
        segment.set(JAVA_LONG_UNALIGNED, at + SRC_OFFSET, sourceOffset);
        segment.set(JAVA_LONG_UNALIGNED, at + SRC_LENGTH, lengthBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + DEST_OFFSET, targetOffset);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
