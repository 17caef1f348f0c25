package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct __user_cap_data_struct}: 32 bits of each set: version 3 has two of them, the low
 * word first.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/capget.2.html">capget(2)</a>
 */
public record CapData(int effective, int permitted, int inheritable) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("effective"),
                            JAVA_INT.withName("permitted"),
                            JAVA_INT.withName("inheritable"))
                    .withName("struct __user_cap_data_struct");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long EFFECTIVE = offset("effective");
    private static final long PERMITTED = offset("permitted");
    private static final long INHERITABLE = offset("inheritable");

    /** Reads the struct that lies at {@code at}. */
    public static CapData readFrom(MemorySegment segment, long at) {
        return new CapData(
                segment.get(JAVA_INT_UNALIGNED, at + EFFECTIVE),
                segment.get(JAVA_INT_UNALIGNED, at + PERMITTED),
                segment.get(JAVA_INT_UNALIGNED, at + INHERITABLE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + EFFECTIVE, effective);
        segment.set(JAVA_INT_UNALIGNED, at + PERMITTED, permitted);
        segment.set(JAVA_INT_UNALIGNED, at + INHERITABLE, inheritable);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
