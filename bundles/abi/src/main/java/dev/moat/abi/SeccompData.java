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
 * {@code struct seccomp_data}: what a filter sees of a system call.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public record SeccompData(
        int nr,
        int arch,
        long instructionPointer,
        long arg0,
        long arg1,
        long arg2,
        long arg3,
        long arg4,
        long arg5) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("nr"),
                            JAVA_INT.withName("arch"),
                            JAVA_LONG.withName("instruction_pointer"),
                            JAVA_LONG.withName("args[0]"),
                            JAVA_LONG.withName("args[1]"),
                            JAVA_LONG.withName("args[2]"),
                            JAVA_LONG.withName("args[3]"),
                            JAVA_LONG.withName("args[4]"),
                            JAVA_LONG.withName("args[5]"))
                    .withName("struct seccomp_data");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long NR = offset("nr");
    private static final long ARCH = offset("arch");
    private static final long INSTRUCTION_POINTER = offset("instruction_pointer");
    private static final long ARGS_0 = offset("args[0]");
    private static final long ARGS_1 = offset("args[1]");
    private static final long ARGS_2 = offset("args[2]");
    private static final long ARGS_3 = offset("args[3]");
    private static final long ARGS_4 = offset("args[4]");
    private static final long ARGS_5 = offset("args[5]");

    /** Reads the struct that lies at {@code at}. */
    public static SeccompData readFrom(MemorySegment segment, long at) {
        return new SeccompData(
                segment.get(JAVA_INT_UNALIGNED, at + NR),
                segment.get(JAVA_INT_UNALIGNED, at + ARCH),
                segment.get(JAVA_LONG_UNALIGNED, at + INSTRUCTION_POINTER),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_0),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_1),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_2),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_3),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_4),
                segment.get(JAVA_LONG_UNALIGNED, at + ARGS_5));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + NR, nr);
        segment.set(JAVA_INT_UNALIGNED, at + ARCH, arch);
        segment.set(JAVA_LONG_UNALIGNED, at + INSTRUCTION_POINTER, instructionPointer);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_0, arg0);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_1, arg1);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_2, arg2);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_3, arg3);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_4, arg4);
        segment.set(JAVA_LONG_UNALIGNED, at + ARGS_5, arg5);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
