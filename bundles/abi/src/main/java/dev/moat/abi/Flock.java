package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct flock}: a byte range lock.
 *
 * @param length 0 means to the end of the file
 * @see <a href="https://man7.org/linux/man-pages/man2/fcntl_locking.2.html">fcntl_locking(2)</a>
 */
public record Flock(int type, int whence, long start, long length, int pid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_SHORT.withName("l_type"),
                            JAVA_SHORT.withName("l_whence"),
                            paddingLayout(4),
                            JAVA_LONG.withName("l_start"),
                            JAVA_LONG.withName("l_len"),
                            JAVA_INT.withName("l_pid"),
                            paddingLayout(4))
                    .withName("struct flock");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long L_TYPE = offset("l_type");
    private static final long L_WHENCE = offset("l_whence");
    private static final long L_START = offset("l_start");
    private static final long L_LEN = offset("l_len");
    private static final long L_PID = offset("l_pid");

    /** Reads the struct that lies at {@code at}. */
    public static Flock readFrom(MemorySegment segment, long at) {
        return new Flock(
                segment.get(JAVA_SHORT_UNALIGNED, at + L_TYPE),
                segment.get(JAVA_SHORT_UNALIGNED, at + L_WHENCE),
                segment.get(JAVA_LONG_UNALIGNED, at + L_START),
                segment.get(JAVA_LONG_UNALIGNED, at + L_LEN),
                segment.get(JAVA_INT_UNALIGNED, at + L_PID));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_SHORT_UNALIGNED, at + L_TYPE, (short) type);
        segment.set(JAVA_SHORT_UNALIGNED, at + L_WHENCE, (short) whence);
        segment.set(JAVA_LONG_UNALIGNED, at + L_START, start);
        segment.set(JAVA_LONG_UNALIGNED, at + L_LEN, length);
        segment.set(JAVA_INT_UNALIGNED, at + L_PID, pid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
