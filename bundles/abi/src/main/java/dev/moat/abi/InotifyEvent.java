package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct inotify_event}: something that happened to a watched file.
 *
 * @param watch the watch descriptor, -1 for IN_Q_OVERFLOW
 * @param cookie the same number in the two halves of a rename
 * @param name the entry of a watched directory; empty if the watched file itself is meant
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
public record InotifyEvent(int watch, int mask, int cookie, String name) {
    /** The layout of the fixed part; {@code len} bytes of name follow. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("wd"),
                            JAVA_INT.withName("mask"),
                            JAVA_INT.withName("cookie"),
                            JAVA_INT.withName("len"))
                    .withName("struct inotify_event");

    private static final int HEADER = (int) LAYOUT.byteSize();
    private static final long WD = offset("wd");
    private static final long MASK = offset("mask");
    private static final long COOKIE = offset("cookie");
    private static final long LEN = offset("len");

    /** Reads the event that lies at {@code at}. */
    public static InotifyEvent readFrom(MemorySegment segment, long at) {
        int nameBytes = segment.get(JAVA_INT_UNALIGNED, at + LEN);
        return new InotifyEvent(
                segment.get(JAVA_INT_UNALIGNED, at + WD),
                segment.get(JAVA_INT_UNALIGNED, at + MASK),
                segment.get(JAVA_INT_UNALIGNED, at + COOKIE),
                Latin1.readText(segment, at + HEADER, nameBytes));
    }

    /** Returns the length with the name, which is padded to a multiple of the fixed part. */
    public int lengthBytes() {
        return HEADER + nameBytes();
    }

    /** Writes {@link #lengthBytes()} bytes to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + WD, watch);
        segment.set(JAVA_INT_UNALIGNED, at + MASK, mask);
        segment.set(JAVA_INT_UNALIGNED, at + COOKIE, cookie);
        segment.set(JAVA_INT_UNALIGNED, at + LEN, nameBytes());
        if (!name.isEmpty()) {
            Latin1.writeText(segment, at + HEADER, nameBytes(), name);
        }
    }

    /** round_event_name_len, fs/notify/inotify/inotify_user.c. */
    private int nameBytes() {
        return name.isEmpty() ? 0 : (name.length() + 1 + HEADER - 1) & -HEADER;
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
