package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct timezone}: the obsolete time zone of the kernel.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/gettimeofday.2.html">gettimeofday(2)</a>
 */
public record Timezone(int minutesWest, int dstTime) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_INT.withName("tz_minuteswest"), JAVA_INT.withName("tz_dsttime"))
                    .withName("struct timezone");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long TZ_MINUTESWEST = offset("tz_minuteswest");
    private static final long TZ_DSTTIME = offset("tz_dsttime");

    /** Reads the struct that lies at {@code at}. */
    public static Timezone readFrom(MemorySegment segment, long at) {
        return new Timezone(
                segment.get(JAVA_INT_UNALIGNED, at + TZ_MINUTESWEST),
                segment.get(JAVA_INT_UNALIGNED, at + TZ_DSTTIME));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + TZ_MINUTESWEST, minutesWest);
        segment.set(JAVA_INT_UNALIGNED, at + TZ_DSTTIME, dstTime);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
