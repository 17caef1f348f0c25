package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct itimerval}: an interval timer: period and next expiry.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getitimer.2.html">getitimer(2)</a>
 */
public record Itimerval(Timeval interval, Timeval value) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            Timeval.LAYOUT.withName("it_interval"),
                            Timeval.LAYOUT.withName("it_value"))
                    .withName("struct itimerval");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long IT_INTERVAL = offset("it_interval");
    private static final long IT_VALUE = offset("it_value");

    /** Reads the struct that lies at {@code at}. */
    public static Itimerval readFrom(MemorySegment segment, long at) {
        return new Itimerval(
                Timeval.readFrom(segment, at + IT_INTERVAL),
                Timeval.readFrom(segment, at + IT_VALUE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        interval.writeTo(segment, at + IT_INTERVAL);
        value.writeTo(segment, at + IT_VALUE);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
