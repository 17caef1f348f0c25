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
 * {@code struct statx_timestamp}: a time in {@code struct statx}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public record StatxTimestamp(long seconds, int nanoseconds) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("tv_sec"),
                            JAVA_INT.withName("tv_nsec"),
                            paddingLayout(4))
                    .withName("struct statx_timestamp");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Reported for a time that is not known, as the birth time of most files. */
    public static final StatxTimestamp ZERO = new StatxTimestamp(0, 0);

    private static final long TV_SEC = offset("tv_sec");
    private static final long TV_NSEC = offset("tv_nsec");

    /** Reads the struct that lies at {@code at}. */
    public static StatxTimestamp readFrom(MemorySegment segment, long at) {
        return new StatxTimestamp(
                segment.get(JAVA_LONG_UNALIGNED, at + TV_SEC),
                segment.get(JAVA_INT_UNALIGNED, at + TV_NSEC));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + TV_SEC, seconds);
        segment.set(JAVA_INT_UNALIGNED, at + TV_NSEC, nanoseconds);
    }

    /** Returns the same time as a {@code struct timespec}: its nanoseconds are below 2^31. */
    public static StatxTimestamp of(Timespec time) {
        return new StatxTimestamp(time.seconds(), (int) time.nanoseconds());
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
