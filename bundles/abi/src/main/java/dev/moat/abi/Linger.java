package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct linger}: SO_LINGER.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>
 */
public record Linger(int onOff, int seconds) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_INT.withName("l_onoff"), JAVA_INT.withName("l_linger"))
                    .withName("struct linger");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long L_ONOFF = offset("l_onoff");
    private static final long L_LINGER = offset("l_linger");

    /** Reads the struct that lies at {@code at}. */
    public static Linger readFrom(MemorySegment segment, long at) {
        return new Linger(
                segment.get(JAVA_INT_UNALIGNED, at + L_ONOFF),
                segment.get(JAVA_INT_UNALIGNED, at + L_LINGER));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + L_ONOFF, onOff);
        segment.set(JAVA_INT_UNALIGNED, at + L_LINGER, seconds);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
