package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.MemoryLayout.unionLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct ptrace_syscall_info}: what PTRACE_GET_SYSCALL_INFO says of a stop. One of four
 * kinds by its {@code op}; accessors of another kind return bits without meaning.
 *
 * @param op a {@code PTRACE_SYSCALL_INFO_} constant of {@link PtraceConstants}
 * @param word0 entry and seccomp: number of the call; exit: result
 * @param word1 entry and seccomp: first argument; exit: 1 if the result is an error, else 0
 * @param word2 second argument
 * @param word3 third argument
 * @param word4 fourth argument
 * @param word5 fifth argument
 * @param word6 sixth argument
 * @param seccompData seccomp: the low 16 bits of the filter's answer
 * @see <a href="https://man7.org/linux/man-pages/man2/ptrace.2.html">ptrace(2)</a>
 */
public record PtraceSyscallInfo(
        int op,
        int arch,
        long instructionPointer,
        long stackPointer,
        long word0,
        long word1,
        long word2,
        long word3,
        long word4,
        long word5,
        long word6,
        int seccompData) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_BYTE.withName("op"),
                            paddingLayout(3),
                            JAVA_INT.withName("arch"),
                            JAVA_LONG.withName("instruction_pointer"),
                            JAVA_LONG.withName("stack_pointer"),
                            unionLayout(
                                    structLayout(
                                                    JAVA_LONG.withName("nr"),
                                                    sequenceLayout(6, JAVA_LONG).withName("args"))
                                            .withName("entry"),
                                    structLayout(
                                                    JAVA_LONG.withName("rval"),
                                                    JAVA_BYTE.withName("is_error"),
                                                    paddingLayout(7))
                                            .withName("exit"),
                                    structLayout(
                                                    JAVA_LONG.withName("nr"),
                                                    sequenceLayout(6, JAVA_LONG).withName("args"),
                                                    JAVA_INT.withName("ret_data"),
                                                    paddingLayout(4))
                                            .withName("seccomp")))
                    .withName("struct ptrace_syscall_info");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long OP = LAYOUT.byteOffset(groupElement("op"));
    private static final long ARCH = LAYOUT.byteOffset(groupElement("arch"));
    private static final long IP = LAYOUT.byteOffset(groupElement("instruction_pointer"));
    private static final long SP = LAYOUT.byteOffset(groupElement("stack_pointer"));
    private static final long WORDS = SP + Long.BYTES;
    private static final long RET_DATA = WORDS + 7 * Long.BYTES;

    /** Reads the struct that lies at {@code at}. */
    public static PtraceSyscallInfo readFrom(MemorySegment segment, long at) {
        return new PtraceSyscallInfo(
                segment.get(JAVA_BYTE, at + OP),
                segment.get(JAVA_INT_UNALIGNED, at + ARCH),
                segment.get(JAVA_LONG_UNALIGNED, at + IP),
                segment.get(JAVA_LONG_UNALIGNED, at + SP),
                word(segment, at, 0),
                word(segment, at, 1),
                word(segment, at, 2),
                word(segment, at, 3),
                word(segment, at, 4),
                word(segment, at, 5),
                word(segment, at, 6),
                segment.get(JAVA_INT_UNALIGNED, at + RET_DATA));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_BYTE, at + OP, (byte) op);
        segment.set(JAVA_INT_UNALIGNED, at + ARCH, arch);
        segment.set(JAVA_LONG_UNALIGNED, at + IP, instructionPointer);
        segment.set(JAVA_LONG_UNALIGNED, at + SP, stackPointer);
        long[] words = {word0, word1, word2, word3, word4, word5, word6};
        for (int i = 0; i < words.length; i++) {
            segment.set(JAVA_LONG_UNALIGNED, at + WORDS + (long) i * Long.BYTES, words[i]);
        }
        segment.set(JAVA_INT_UNALIGNED, at + RET_DATA, seccompData);
    }

    /** Returns the number of the call: entry and seccomp. */
    public long nr() {
        return word0;
    }

    /** Returns the result of the call: exit. */
    public long result() {
        return word0;
    }

    private static long word(MemorySegment segment, long at, int index) {
        return segment.get(JAVA_LONG_UNALIGNED, at + WORDS + (long) index * Long.BYTES);
    }
}
