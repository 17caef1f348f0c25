package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct robust_list_head}: the head of a thread's list of robust futexes.
 *
 * @param first guest address of the first entry, or of the head itself
 * @param futexOffset from an entry to its futex word
 * @param pending entry being locked or unlocked
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/get_robust_list.2.html">get_robust_list(2)</a>
 */
public record RobustListHead(long first, long futexOffset, long pending) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("list"),
                            JAVA_LONG.withName("futex_offset"),
                            JAVA_LONG.withName("list_op_pending"))
                    .withName("struct robust_list_head");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long LIST = offset("list");
    private static final long FUTEX_OFFSET = offset("futex_offset");
    private static final long LIST_OP_PENDING = offset("list_op_pending");

    /** Reads the struct that lies at {@code at}. */
    public static RobustListHead readFrom(MemorySegment segment, long at) {
        return new RobustListHead(
                segment.get(JAVA_LONG_UNALIGNED, at + LIST),
                segment.get(JAVA_LONG_UNALIGNED, at + FUTEX_OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + LIST_OP_PENDING));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + LIST, first);
        segment.set(JAVA_LONG_UNALIGNED, at + FUTEX_OFFSET, futexOffset);
        segment.set(JAVA_LONG_UNALIGNED, at + LIST_OP_PENDING, pending);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
