package dev.moat.aio;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * {@code struct iocb}, read once.
 *
 * @param userAddr where it lies
 * @param eventDescriptor of the eventfd that is told, with IOCB_FLAG_RESFD
 */
record Iocb(
        long userAddr,
        long data,
        int rwFlags,
        int operation,
        int priority,
        int descriptor,
        long buffer,
        long bytes,
        long offset,
        long reserved,
        int flags,
        int eventDescriptor) {
    static final int BYTES = 64;

    /** Where the kernel writes KIOCB_KEY. */
    static final int KEY_AT = 8;

    /** Buffer and length lie as in {@code struct iovec}. */
    static final int VECTOR_AT = 24;

    static Iocb of(long userAddr, byte[] bytes) {
        MemorySegment struct = MemorySegment.ofArray(bytes);
        return new Iocb(
                userAddr,
                struct.get(JAVA_LONG_UNALIGNED, 0),
                struct.get(JAVA_INT_UNALIGNED, 12),
                Short.toUnsignedInt(struct.get(JAVA_SHORT_UNALIGNED, 16)),
                struct.get(JAVA_SHORT_UNALIGNED, 18),
                struct.get(JAVA_INT_UNALIGNED, 20),
                struct.get(JAVA_LONG_UNALIGNED, VECTOR_AT),
                struct.get(JAVA_LONG_UNALIGNED, 32),
                struct.get(JAVA_LONG_UNALIGNED, 40),
                struct.get(JAVA_LONG_UNALIGNED, 48),
                struct.get(JAVA_INT_UNALIGNED, 56),
                struct.get(JAVA_INT_UNALIGNED, 60));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
