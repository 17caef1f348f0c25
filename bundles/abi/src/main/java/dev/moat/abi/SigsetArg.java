package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sigset_argpack}: the last argument of pselect6(2): a signal mask and its size.
 * Source: fs/select.c.
 *
 * @param mask guest address, or 0
 * @see <a href="https://man7.org/linux/man-pages/man2/select.2.html">select(2)</a>
 */
public record SigsetArg(long mask, long sizeBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("p"), JAVA_LONG.withName("size"))
                    .withName("struct sigset_argpack");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long P = offset("p");
    private static final long SIZE_AT = offset("size");

    /** Reads the struct that lies at {@code at}. */
    public static SigsetArg readFrom(MemorySegment segment, long at) {
        return new SigsetArg(
                segment.get(JAVA_LONG_UNALIGNED, at + P),
                segment.get(JAVA_LONG_UNALIGNED, at + SIZE_AT));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + P, mask);
        segment.set(JAVA_LONG_UNALIGNED, at + SIZE_AT, sizeBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
