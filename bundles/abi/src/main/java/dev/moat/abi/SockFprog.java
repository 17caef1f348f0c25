package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sock_fprog}: a classic BPF program.
 *
 * @param length in instructions
 * @param filter guest address
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public record SockFprog(int length, long filter) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_SHORT.withName("len"), paddingLayout(6), JAVA_LONG.withName("filter"))
                    .withName("struct sock_fprog");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long LEN = offset("len");
    private static final long FILTER = offset("filter");

    /** Reads the struct that lies at {@code at}. */
    public static SockFprog readFrom(MemorySegment segment, long at) {
        return new SockFprog(
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + LEN)),
                segment.get(JAVA_LONG_UNALIGNED, at + FILTER));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_SHORT_UNALIGNED, at + LEN, (short) length);
        segment.set(JAVA_LONG_UNALIGNED, at + FILTER, filter);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
