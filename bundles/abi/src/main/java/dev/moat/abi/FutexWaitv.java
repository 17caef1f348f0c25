package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct futex_waitv}: one of the futexes that futex_waitv(2) waits for.
 *
 * @see <a href="https://www.kernel.org/doc/html/latest/userspace-api/futex2.html">futex_waitv</a>
 */
public record FutexWaitv(long value, long address, int flags, int reserved) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("val"),
                            JAVA_LONG.withName("uaddr"),
                            JAVA_INT.withName("flags"),
                            JAVA_INT.withName("__reserved"))
                    .withName("struct futex_waitv");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long VAL = offset("val");
    private static final long UADDR = offset("uaddr");
    private static final long FLAGS = offset("flags");
    private static final long RESERVED = offset("__reserved");

    /** Reads the struct that lies at {@code at}. */
    public static FutexWaitv readFrom(MemorySegment segment, long at) {
        return new FutexWaitv(
                segment.get(JAVA_LONG_UNALIGNED, at + VAL),
                segment.get(JAVA_LONG_UNALIGNED, at + UADDR),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + RESERVED));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + VAL, value);
        segment.set(JAVA_LONG_UNALIGNED, at + UADDR, address);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_INT_UNALIGNED, at + RESERVED, reserved);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
