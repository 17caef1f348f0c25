package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct timeval}: seconds and microseconds.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/timeval.3type.html">timeval(3type)</a>
 */
public record Timeval(long seconds, long microseconds) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_usec"))
                    .withName("struct timeval");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** The epoch, or no time at all. */
    public static final Timeval ZERO = new Timeval(0, 0);

    private static final long NSEC_PER_SEC = 1_000_000_000;
    private static final long USEC_PER_SEC = 1_000_000;
    private static final long NSEC_PER_USEC = 1_000;

    private static final long TV_SEC = offset("tv_sec");
    private static final long TV_USEC = offset("tv_usec");

    /** Reads the struct that lies at {@code at}. */
    public static Timeval readFrom(MemorySegment segment, long at) {
        return new Timeval(
                segment.get(JAVA_LONG_UNALIGNED, at + TV_SEC),
                segment.get(JAVA_LONG_UNALIGNED, at + TV_USEC));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + TV_SEC, seconds);
        segment.set(JAVA_LONG_UNALIGNED, at + TV_USEC, microseconds);
    }

    /** Returns the normalised value of a number of nanoseconds, rounded down. */
    public static Timeval ofNanos(long nanos) {
        return new Timeval(
                Math.floorDiv(nanos, NSEC_PER_SEC),
                Math.floorMod(nanos, NSEC_PER_SEC) / NSEC_PER_USEC);
    }

    /** Returns whether the system calls accept the value: not negative, microseconds in range. */
    public boolean isValid() {
        return seconds >= 0 && Long.compareUnsigned(microseconds, USEC_PER_SEC) < 0;
    }

    /** Returns the value in nanoseconds; Long.MAX_VALUE if it is longer than 292 years. */
    public long toNanos() {
        if (seconds >= Long.MAX_VALUE / NSEC_PER_SEC) {
            return Long.MAX_VALUE;
        }
        return seconds * NSEC_PER_SEC + microseconds * NSEC_PER_USEC;
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
