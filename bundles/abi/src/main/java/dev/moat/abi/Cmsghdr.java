package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct cmsghdr}: the header of a control message.
 *
 * @param lengthBytes with this header, without padding
 * @see <a href="https://man7.org/linux/man-pages/man3/cmsg.3.html">cmsg(3)</a>
 */
public record Cmsghdr(long lengthBytes, int level, int type) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("cmsg_len"),
                            JAVA_INT.withName("cmsg_level"),
                            JAVA_INT.withName("cmsg_type"))
                    .withName("struct cmsghdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long CMSG_LEN = offset("cmsg_len");
    private static final long CMSG_LEVEL = offset("cmsg_level");
    private static final long CMSG_TYPE = offset("cmsg_type");

    /** Reads the struct that lies at {@code at}. */
    public static Cmsghdr readFrom(MemorySegment segment, long at) {
        return new Cmsghdr(
                segment.get(JAVA_LONG_UNALIGNED, at + CMSG_LEN),
                segment.get(JAVA_INT_UNALIGNED, at + CMSG_LEVEL),
                segment.get(JAVA_INT_UNALIGNED, at + CMSG_TYPE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + CMSG_LEN, lengthBytes);
        segment.set(JAVA_INT_UNALIGNED, at + CMSG_LEVEL, level);
        segment.set(JAVA_INT_UNALIGNED, at + CMSG_TYPE, type);
    }

    /** Returns a length rounded up to where the next header begins: CMSG_ALIGN. */
    public static long align(long lengthBytes) {
        return (lengthBytes + Long.BYTES - 1) & -Long.BYTES;
    }

    /** Returns what a message with so much data takes in the buffer: CMSG_SPACE. */
    public static long space(long dataBytes) {
        return SIZE + align(dataBytes);
    }

    /** Returns the header for a message with so much data: CMSG_LEN. */
    public static Cmsghdr of(int level, int type, long dataBytes) {
        return new Cmsghdr(SIZE + dataBytes, level, type);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
