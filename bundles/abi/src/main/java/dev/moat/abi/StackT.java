package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code stack_t}: an alternate signal stack.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaltstack.2.html">sigaltstack(2)</a>
 */
public record StackT(long base, int flags, long sizeBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("ss_sp"),
                            JAVA_INT.withName("ss_flags"),
                            paddingLayout(4),
                            JAVA_LONG.withName("ss_size"))
                    .withName("stack_t");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SS_SP = offset("ss_sp");
    private static final long SS_FLAGS = offset("ss_flags");
    private static final long SS_SIZE = offset("ss_size");

    /** Reads the struct that lies at {@code at}. */
    public static StackT readFrom(MemorySegment segment, long at) {
        return new StackT(
                segment.get(JAVA_LONG_UNALIGNED, at + SS_SP),
                segment.get(JAVA_INT_UNALIGNED, at + SS_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + SS_SIZE));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + SS_SP, base);
        segment.set(JAVA_INT_UNALIGNED, at + SS_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + SS_SIZE, sizeBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
