package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct timespec}: seconds and nanoseconds.
 *
 * @param nanoseconds 0 to 999,999,999 in a normalised value
 * @see <a href="https://man7.org/linux/man-pages/man3/timespec.3type.html">timespec(3type)</a>
 */
public record Timespec(long seconds, long nanoseconds) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"))
                    .withName("struct timespec");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** The epoch, or no time at all. */
    public static final Timespec ZERO = new Timespec(0, 0);

    private static final long NSEC_PER_SEC = 1_000_000_000;

    private static final long TV_SEC = offset("tv_sec");
    private static final long TV_NSEC = offset("tv_nsec");

    /** Reads the struct that lies at {@code at}. */
    public static Timespec readFrom(MemorySegment segment, long at) {
        return new Timespec(
                segment.get(JAVA_LONG_UNALIGNED, at + TV_SEC),
                segment.get(JAVA_LONG_UNALIGNED, at + TV_NSEC));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + TV_SEC, seconds);
        segment.set(JAVA_LONG_UNALIGNED, at + TV_NSEC, nanoseconds);
    }

    /** Returns the normalised value of a number of nanoseconds, which may be negative. */
    public static Timespec ofNanos(long nanos) {
        return new Timespec(Math.floorDiv(nanos, NSEC_PER_SEC), Math.floorMod(nanos, NSEC_PER_SEC));
    }

    /** Returns whether the system calls accept the value: timespec64_valid, linux/time64.h. */
    public boolean isValid() {
        return seconds >= 0 && Long.compareUnsigned(nanoseconds, NSEC_PER_SEC) < 0;
    }

    /** Returns the value in nanoseconds; Long.MAX_VALUE if it is longer than 292 years. */
    public long toNanos() {
        if (seconds >= Long.MAX_VALUE / NSEC_PER_SEC) {
            return Long.MAX_VALUE;
        }
        return seconds * NSEC_PER_SEC + nanoseconds;
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
