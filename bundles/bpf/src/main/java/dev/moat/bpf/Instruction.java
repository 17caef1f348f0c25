package dev.moat.bpf;

import static dev.moat.abi.Bpf.*;

/**
 * Parts of an instruction, which is the long that its eight bytes are: Documentation/bpf/
 * standardization/instruction-set.rst.
 */
public final class Instruction {
    public static final int BYTES = 8;

    /** First half of a load of 64 bits; the second one has code 0. */
    public static final int LOAD_WIDE = BPF_LD | BPF_IMM | BPF_DW;

    public static final int EXIT = BPF_JMP | BPF_EXIT;
    public static final int CALL = BPF_JMP | BPF_CALL;
    public static final int JUMP = BPF_JMP | BPF_JA;

    /** A jump whose distance is the immediate value. */
    public static final int LONG_JUMP = BPF_JMP32 | BPF_JA;

    /** Loads that extend the sign: BPF_MEMSX. */
    public static final int SIGNED_MODE = 0x80;

    public static final int MODE_MASK = 0xe0;
    public static final int OPERATION_MASK = 0xf0;
    private static final int SIZE_MASK = 0x18;
    private static final int KIND_MASK = 0x07;

    private Instruction() {}

    public static int code(long instruction) {
        return (int) instruction & 0xff;
    }

    /** BPF_ALU64, BPF_JMP... */
    public static int kind(long instruction) {
        return (int) instruction & KIND_MASK;
    }

    /** BPF_ADD, BPF_JEQ... */
    public static int operation(long instruction) {
        return (int) instruction & OPERATION_MASK;
    }

    /** BPF_MEM... */
    public static int mode(long instruction) {
        return (int) instruction & MODE_MASK;
    }

    /** Whether the second operand is a register. */
    public static boolean isRegister(long instruction) {
        return ((int) instruction & BPF_X) != 0;
    }

    public static int target(long instruction) {
        return (int) instruction >>> 8 & 0xf;
    }

    public static int source(long instruction) {
        return (int) instruction >>> 12 & 0xf;
    }

    public static int offset(long instruction) {
        return (short) (instruction >>> 16);
    }

    public static int immediate(long instruction) {
        return (int) (instruction >>> 32);
    }

    /** Bytes that a load or store moves. */
    public static int sizeBytes(long instruction) {
        return switch ((int) instruction & SIZE_MASK) {
            case BPF_W -> 4;
            case BPF_H -> 2;
            case BPF_B -> 1;
            default -> 8;
        };
    }

    /** Whether it is a jump, conditional or not; calls and exits are none. */
    public static boolean isJump(long instruction) {
        int kind = kind(instruction);
        int operation = operation(instruction);
        return (kind == BPF_JMP || kind == BPF_JMP32)
                && operation != BPF_CALL
                && operation != BPF_EXIT;
    }

    /** Whether it is a jump that is always taken. */
    public static boolean isAlways(long instruction) {
        int code = code(instruction);
        return code == JUMP || code == LONG_JUMP;
    }

    /** Where a jump at {@code at} leads; may be outside of the program. */
    public static long destination(long instruction, int at) {
        int distance =
                code(instruction) == LONG_JUMP ? immediate(instruction) : offset(instruction);
        return at + 1L + distance;
    }
}
