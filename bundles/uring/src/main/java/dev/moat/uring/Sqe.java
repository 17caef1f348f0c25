package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * {@code struct io_uring_sqe}, read once. Fields that stand for several things have the name of the
 * first one in include/uapi/linux/io_uring.h.
 *
 * @param guestDescriptor fd: for the audit of states, which knows host descriptors by their names
 * @param off also addr2
 * @param operationFlags rw_flags and all that share its place
 * @param bufferIndex buf_index or buf_group, unsigned
 * @param fileIndex also splice_fd_in and, in its lower half, addr_len
 */
record Sqe(
        int opcode,
        int flags,
        int priority,
        int guestDescriptor,
        long off,
        long addr,
        int length,
        int operationFlags,
        long userData,
        int bufferIndex,
        int personality,
        int fileIndex,
        long addr3) {
    static final int BYTES = 64;

    static Sqe of(byte[] bytes) {
        MemorySegment struct = MemorySegment.ofArray(bytes);
        return new Sqe(
                bytes[0] & 0xff,
                bytes[1] & 0xff,
                struct.get(JAVA_SHORT_UNALIGNED, 2) & 0xffff,
                struct.get(JAVA_INT_UNALIGNED, 4),
                struct.get(JAVA_LONG_UNALIGNED, 8),
                struct.get(JAVA_LONG_UNALIGNED, 16),
                struct.get(JAVA_INT_UNALIGNED, 24),
                struct.get(JAVA_INT_UNALIGNED, 28),
                struct.get(JAVA_LONG_UNALIGNED, 32),
                struct.get(JAVA_SHORT_UNALIGNED, 40) & 0xffff,
                struct.get(JAVA_SHORT_UNALIGNED, 42) & 0xffff,
                struct.get(JAVA_INT_UNALIGNED, 44),
                struct.get(JAVA_LONG_UNALIGNED, 48));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
