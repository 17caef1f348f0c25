package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct pollfd}: a descriptor and the events wanted and seen.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>
 */
public record PollFd(int fd, int events, int revents) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("fd"),
                            JAVA_SHORT.withName("events"),
                            JAVA_SHORT.withName("revents"))
                    .withName("struct pollfd");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long FD = offset("fd");
    private static final long EVENTS = offset("events");
    private static final long REVENTS = offset("revents");

    /** Reads the struct that lies at {@code at}. */
    public static PollFd readFrom(MemorySegment segment, long at) {
        return new PollFd(
                segment.get(JAVA_INT_UNALIGNED, at + FD),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + EVENTS)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + REVENTS)));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + FD, fd);
        segment.set(JAVA_SHORT_UNALIGNED, at + EVENTS, (short) events);
        segment.set(JAVA_SHORT_UNALIGNED, at + REVENTS, (short) revents);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
