package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct ptrace_sud_config}: which calls of a tracee go to itself. Source:
 * include/uapi/linux/ptrace.h.
 *
 * @param mode PR_SYS_DISPATCH_*
 * @param selectorUserAddr of the byte that switches it
 * @param offset where the code begins whose calls are made
 * @param lengthBytes of that code
 */
public record PtraceSudConfig(long mode, long selectorUserAddr, long offset, long lengthBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("mode"),
                            JAVA_LONG.withName("selector"),
                            JAVA_LONG.withName("offset"),
                            JAVA_LONG.withName("len"))
                    .withName("struct ptrace_sud_config");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long MODE = LAYOUT.byteOffset(groupElement("mode"));
    private static final long SELECTOR = LAYOUT.byteOffset(groupElement("selector"));
    private static final long OFFSET = LAYOUT.byteOffset(groupElement("offset"));
    private static final long LEN = LAYOUT.byteOffset(groupElement("len"));

    /** Reads the struct that lies at {@code at}. */
    public static PtraceSudConfig readFrom(MemorySegment segment, long at) {
        return new PtraceSudConfig(
                segment.get(JAVA_LONG_UNALIGNED, at + MODE),
                segment.get(JAVA_LONG_UNALIGNED, at + SELECTOR),
                segment.get(JAVA_LONG_UNALIGNED, at + OFFSET),
                segment.get(JAVA_LONG_UNALIGNED, at + LEN));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + MODE, mode);
        segment.set(JAVA_LONG_UNALIGNED, at + SELECTOR, selectorUserAddr);
        segment.set(JAVA_LONG_UNALIGNED, at + OFFSET, offset);
        segment.set(JAVA_LONG_UNALIGNED, at + LEN, lengthBytes);
    }
}
