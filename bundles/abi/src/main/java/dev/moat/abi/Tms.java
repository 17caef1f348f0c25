package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct tms}: CPU times in ticks of {@link Clocks#USER_HZ}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/times.2.html">times(2)</a>
 */
public record Tms(
        long userTicks, long systemTicks, long childrenUserTicks, long childrenSystemTicks) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("tms_utime"),
                            JAVA_LONG.withName("tms_stime"),
                            JAVA_LONG.withName("tms_cutime"),
                            JAVA_LONG.withName("tms_cstime"))
                    .withName("struct tms");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long TMS_UTIME = offset("tms_utime");
    private static final long TMS_STIME = offset("tms_stime");
    private static final long TMS_CUTIME = offset("tms_cutime");
    private static final long TMS_CSTIME = offset("tms_cstime");

    /** Reads the struct that lies at {@code at}. */
    public static Tms readFrom(MemorySegment segment, long at) {
        return new Tms(
                segment.get(JAVA_LONG_UNALIGNED, at + TMS_UTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + TMS_STIME),
                segment.get(JAVA_LONG_UNALIGNED, at + TMS_CUTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + TMS_CSTIME));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + TMS_UTIME, userTicks);
        segment.set(JAVA_LONG_UNALIGNED, at + TMS_STIME, systemTicks);
        segment.set(JAVA_LONG_UNALIGNED, at + TMS_CUTIME, childrenUserTicks);
        segment.set(JAVA_LONG_UNALIGNED, at + TMS_CSTIME, childrenSystemTicks);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
