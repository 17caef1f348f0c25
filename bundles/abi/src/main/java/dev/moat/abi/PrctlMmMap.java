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
 * {@code struct prctl_mm_map}: where the parts of a program are, for PR_SET_MM_MAP. Source:
 * include/uapi/linux/prctl.h.
 *
 * @param breakStart where the heap begins
 * @param breakEnd the break
 * @param vectorUserAddr of a new auxiliary vector
 * @param vectorBytes 0: the vector stays
 * @param executable descriptor of what /proc/PID/exe shall lead to; -1: it stays
 * @see <a href="https://man7.org/linux/man-pages/man2/PR_SET_MM.2const.html">PR_SET_MM(2const)</a>
 */
public record PrctlMmMap(
        long codeStart,
        long codeEnd,
        long dataStart,
        long dataEnd,
        long breakStart,
        long breakEnd,
        long stackStart,
        long argumentsStart,
        long argumentsEnd,
        long environmentStart,
        long environmentEnd,
        long vectorUserAddr,
        int vectorBytes,
        int executable) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("start_code"),
                            JAVA_LONG.withName("end_code"),
                            JAVA_LONG.withName("start_data"),
                            JAVA_LONG.withName("end_data"),
                            JAVA_LONG.withName("start_brk"),
                            JAVA_LONG.withName("brk"),
                            JAVA_LONG.withName("start_stack"),
                            JAVA_LONG.withName("arg_start"),
                            JAVA_LONG.withName("arg_end"),
                            JAVA_LONG.withName("env_start"),
                            JAVA_LONG.withName("env_end"),
                            JAVA_LONG.withName("auxv"),
                            JAVA_INT.withName("auxv_size"),
                            JAVA_INT.withName("exe_fd"))
                    .withName("struct prctl_mm_map");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long START_CODE = LAYOUT.byteOffset(groupElement("start_code"));
    private static final long END_CODE = LAYOUT.byteOffset(groupElement("end_code"));
    private static final long START_DATA = LAYOUT.byteOffset(groupElement("start_data"));
    private static final long END_DATA = LAYOUT.byteOffset(groupElement("end_data"));
    private static final long START_BRK = LAYOUT.byteOffset(groupElement("start_brk"));
    private static final long BRK = LAYOUT.byteOffset(groupElement("brk"));
    private static final long START_STACK = LAYOUT.byteOffset(groupElement("start_stack"));
    private static final long ARG_START = LAYOUT.byteOffset(groupElement("arg_start"));
    private static final long ARG_END = LAYOUT.byteOffset(groupElement("arg_end"));
    private static final long ENV_START = LAYOUT.byteOffset(groupElement("env_start"));
    private static final long ENV_END = LAYOUT.byteOffset(groupElement("env_end"));
    private static final long AUXV = LAYOUT.byteOffset(groupElement("auxv"));
    private static final long AUXV_SIZE = LAYOUT.byteOffset(groupElement("auxv_size"));
    private static final long EXE_FD = LAYOUT.byteOffset(groupElement("exe_fd"));

    /** Reads the struct that lies at {@code at}. */
    public static PrctlMmMap readFrom(MemorySegment segment, long at) {
        return new PrctlMmMap(
                segment.get(JAVA_LONG_UNALIGNED, at + START_CODE),
                segment.get(JAVA_LONG_UNALIGNED, at + END_CODE),
                segment.get(JAVA_LONG_UNALIGNED, at + START_DATA),
                segment.get(JAVA_LONG_UNALIGNED, at + END_DATA),
                segment.get(JAVA_LONG_UNALIGNED, at + START_BRK),
                segment.get(JAVA_LONG_UNALIGNED, at + BRK),
                segment.get(JAVA_LONG_UNALIGNED, at + START_STACK),
                segment.get(JAVA_LONG_UNALIGNED, at + ARG_START),
                segment.get(JAVA_LONG_UNALIGNED, at + ARG_END),
                segment.get(JAVA_LONG_UNALIGNED, at + ENV_START),
                segment.get(JAVA_LONG_UNALIGNED, at + ENV_END),
                segment.get(JAVA_LONG_UNALIGNED, at + AUXV),
                segment.get(JAVA_INT_UNALIGNED, at + AUXV_SIZE),
                segment.get(JAVA_INT_UNALIGNED, at + EXE_FD));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + START_CODE, codeStart);
        segment.set(JAVA_LONG_UNALIGNED, at + END_CODE, codeEnd);
        segment.set(JAVA_LONG_UNALIGNED, at + START_DATA, dataStart);
        segment.set(JAVA_LONG_UNALIGNED, at + END_DATA, dataEnd);
        segment.set(JAVA_LONG_UNALIGNED, at + START_BRK, breakStart);
        segment.set(JAVA_LONG_UNALIGNED, at + BRK, breakEnd);
        segment.set(JAVA_LONG_UNALIGNED, at + START_STACK, stackStart);
        segment.set(JAVA_LONG_UNALIGNED, at + ARG_START, argumentsStart);
        segment.set(JAVA_LONG_UNALIGNED, at + ARG_END, argumentsEnd);
        segment.set(JAVA_LONG_UNALIGNED, at + ENV_START, environmentStart);
        segment.set(JAVA_LONG_UNALIGNED, at + ENV_END, environmentEnd);
        segment.set(JAVA_LONG_UNALIGNED, at + AUXV, vectorUserAddr);
        segment.set(JAVA_INT_UNALIGNED, at + AUXV_SIZE, vectorBytes);
        segment.set(JAVA_INT_UNALIGNED, at + EXE_FD, executable);
    }
}
