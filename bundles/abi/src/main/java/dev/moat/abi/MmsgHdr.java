package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct mmsghdr}: one message of several.
 *
 * @param lengthBytes bytes that were sent or received
 * @see <a href="https://man7.org/linux/man-pages/man2/sendmmsg.2.html">sendmmsg(2)</a>
 */
public record MmsgHdr(MsgHdr header, int lengthBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            MsgHdr.LAYOUT.withName("msg_hdr"),
                            JAVA_INT.withName("msg_len"),
                            paddingLayout(4))
                    .withName("struct mmsghdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long MSG_HDR = offset("msg_hdr");
    private static final long MSG_LEN = offset("msg_len");

    /** Reads the struct that lies at {@code at}. */
    public static MmsgHdr readFrom(MemorySegment segment, long at) {
        return new MmsgHdr(
                MsgHdr.readFrom(segment, at + MSG_HDR),
                segment.get(JAVA_INT_UNALIGNED, at + MSG_LEN));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        header.writeTo(segment, at + MSG_HDR);
        segment.set(JAVA_INT_UNALIGNED, at + MSG_LEN, lengthBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
