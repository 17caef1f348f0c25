package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct mq_attr}: attributes of a POSIX message queue.
 *
 * @param flags O_NONBLOCK or 0
 * @see <a href="https://man7.org/linux/man-pages/man3/mq_getattr.3.html">mq_getattr(3)</a>
 */
public record MqAttr(long flags, long maxMessages, long messageBytes, long messages) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("mq_flags"),
                            JAVA_LONG.withName("mq_maxmsg"),
                            JAVA_LONG.withName("mq_msgsize"),
                            JAVA_LONG.withName("mq_curmsgs"),
                            paddingLayout(32))
                    .withName("struct mq_attr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long MQ_FLAGS = offset("mq_flags");
    private static final long MQ_MAXMSG = offset("mq_maxmsg");
    private static final long MQ_MSGSIZE = offset("mq_msgsize");
    private static final long MQ_CURMSGS = offset("mq_curmsgs");

    /** Reads the struct that lies at {@code at}. */
    public static MqAttr readFrom(MemorySegment segment, long at) {
        return new MqAttr(
                segment.get(JAVA_LONG_UNALIGNED, at + MQ_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + MQ_MAXMSG),
                segment.get(JAVA_LONG_UNALIGNED, at + MQ_MSGSIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + MQ_CURMSGS));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + MQ_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + MQ_MAXMSG, maxMessages);
        segment.set(JAVA_LONG_UNALIGNED, at + MQ_MSGSIZE, messageBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + MQ_CURMSGS, messages);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
