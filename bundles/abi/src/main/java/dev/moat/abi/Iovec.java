package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct iovec}: one piece of a scattered buffer.
 *
 * @param base guest address
 * @see <a href="https://man7.org/linux/man-pages/man3/iovec.3type.html">iovec(3type)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/readv.2.html">readv(2)</a>
 */
public record Iovec(long base, long lengthBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("iov_base"), JAVA_LONG.withName("iov_len"))
                    .withName("struct iovec");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long IOV_BASE = offset("iov_base");
    private static final long IOV_LEN = offset("iov_len");

    /** Reads the struct that lies at {@code at}. */
    public static Iovec readFrom(MemorySegment segment, long at) {
        return new Iovec(
                segment.get(JAVA_LONG_UNALIGNED, at + IOV_BASE),
                segment.get(JAVA_LONG_UNALIGNED, at + IOV_LEN));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + IOV_BASE, base);
        segment.set(JAVA_LONG_UNALIGNED, at + IOV_LEN, lengthBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
