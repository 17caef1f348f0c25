package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sembuf}: one operation on a semaphore of a set.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/semop.2.html">semop(2)</a>
 */
public record Sembuf(int number, int operation, int flags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_SHORT.withName("sem_num"),
                            JAVA_SHORT.withName("sem_op"),
                            JAVA_SHORT.withName("sem_flg"))
                    .withName("struct sembuf");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SEM_NUM = offset("sem_num");
    private static final long SEM_OP = offset("sem_op");
    private static final long SEM_FLG = offset("sem_flg");

    /** Reads the struct that lies at {@code at}. */
    public static Sembuf readFrom(MemorySegment segment, long at) {
        return new Sembuf(
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + SEM_NUM)),
                segment.get(JAVA_SHORT_UNALIGNED, at + SEM_OP),
                segment.get(JAVA_SHORT_UNALIGNED, at + SEM_FLG));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_SHORT_UNALIGNED, at + SEM_NUM, (short) number);
        segment.set(JAVA_SHORT_UNALIGNED, at + SEM_OP, (short) operation);
        segment.set(JAVA_SHORT_UNALIGNED, at + SEM_FLG, (short) flags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
