package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sock_filter}: one instruction of classic BPF.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public record SockFilter(int code, int jumpTrue, int jumpFalse, int k) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_SHORT.withName("code"),
                            JAVA_BYTE.withName("jt"),
                            JAVA_BYTE.withName("jf"),
                            JAVA_INT.withName("k"))
                    .withName("struct sock_filter");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long CODE = offset("code");
    private static final long JT = offset("jt");
    private static final long JF = offset("jf");
    private static final long K = offset("k");

    /** Reads the struct that lies at {@code at}. */
    public static SockFilter readFrom(MemorySegment segment, long at) {
        return new SockFilter(
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + CODE)),
                Byte.toUnsignedInt(segment.get(JAVA_BYTE, at + JT)),
                Byte.toUnsignedInt(segment.get(JAVA_BYTE, at + JF)),
                segment.get(JAVA_INT_UNALIGNED, at + K));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_SHORT_UNALIGNED, at + CODE, (short) code);
        segment.set(JAVA_BYTE, at + JT, (byte) jumpTrue);
        segment.set(JAVA_BYTE, at + JF, (byte) jumpFalse);
        segment.set(JAVA_INT_UNALIGNED, at + K, k);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
