package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct epoll_event}: events and the user's value. Packed on x86-64: 12 bytes.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man3/epoll_event.3type.html">epoll_event(3type)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl(2)</a>
 */
public record EpollEvent(int events, long data) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT_UNALIGNED.withName("events"),
                            JAVA_LONG_UNALIGNED.withName("data"))
                    .withName("struct epoll_event");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long EVENTS = offset("events");
    private static final long DATA = offset("data");

    /** Reads the struct that lies at {@code at}. */
    public static EpollEvent readFrom(MemorySegment segment, long at) {
        return new EpollEvent(
                segment.get(JAVA_INT_UNALIGNED, at + EVENTS),
                segment.get(JAVA_LONG_UNALIGNED, at + DATA));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + EVENTS, events);
        segment.set(JAVA_LONG_UNALIGNED, at + DATA, data);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
