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
 * {@code struct msghdr}: a message: addresses of its name, data and control parts. {@code
 * user_msghdr} in the kernel.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sendmsg.2.html">sendmsg(2)</a>
 */
public record MsgHdr(
        long name,
        int nameLengthBytes,
        long iov,
        long iovCount,
        long control,
        long controlLengthBytes,
        int flags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("msg_name"),
                            JAVA_INT.withName("msg_namelen"),
                            paddingLayout(4),
                            JAVA_LONG.withName("msg_iov"),
                            JAVA_LONG.withName("msg_iovlen"),
                            JAVA_LONG.withName("msg_control"),
                            JAVA_LONG.withName("msg_controllen"),
                            JAVA_INT.withName("msg_flags"),
                            paddingLayout(4))
                    .withName("struct msghdr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long MSG_NAME = offset("msg_name");
    private static final long MSG_NAMELEN = offset("msg_namelen");
    private static final long MSG_IOV = offset("msg_iov");
    private static final long MSG_IOVLEN = offset("msg_iovlen");
    private static final long MSG_CONTROL = offset("msg_control");
    private static final long MSG_CONTROLLEN = offset("msg_controllen");
    private static final long MSG_FLAGS = offset("msg_flags");

    /** Reads the struct that lies at {@code at}. */
    public static MsgHdr readFrom(MemorySegment segment, long at) {
        return new MsgHdr(
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_NAME),
                segment.get(JAVA_INT_UNALIGNED, at + MSG_NAMELEN),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_IOV),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_IOVLEN),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_CONTROL),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_CONTROLLEN),
                segment.get(JAVA_INT_UNALIGNED, at + MSG_FLAGS));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_NAME, name);
        segment.set(JAVA_INT_UNALIGNED, at + MSG_NAMELEN, nameLengthBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_IOV, iov);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_IOVLEN, iovCount);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_CONTROL, control);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_CONTROLLEN, controlLengthBytes);
        segment.set(JAVA_INT_UNALIGNED, at + MSG_FLAGS, flags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
