package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct utimbuf}: access and modification time in seconds.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/utime.2.html">utime(2)</a>
 */
public record Utimbuf(long accessSeconds, long modificationSeconds) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("actime"), JAVA_LONG.withName("modtime"))
                    .withName("struct utimbuf");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ACTIME = offset("actime");
    private static final long MODTIME = offset("modtime");

    /** Reads the struct that lies at {@code at}. */
    public static Utimbuf readFrom(MemorySegment segment, long at) {
        return new Utimbuf(
                segment.get(JAVA_LONG_UNALIGNED, at + ACTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + MODTIME));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + ACTIME, accessSeconds);
        segment.set(JAVA_LONG_UNALIGNED, at + MODTIME, modificationSeconds);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
