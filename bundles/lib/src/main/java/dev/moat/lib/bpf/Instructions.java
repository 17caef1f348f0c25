package dev.moat.lib.bpf;

/**
 * The instructions of classic BPF, and a {@code struct sock_filter} as one long: its bytes in the
 * order of the struct. Source: include/uapi/linux/bpf_common.h and filter.h.
 */
public final class Instructions {
    /** Words of memory that a program has. */
    public static final int MEMORY_WORDS = 16;

    /** Instructions that a program has at most: BPF_MAXINSNS. */
    public static final int MOST = 4096;

    /** Loads at this offset and above are of what comes with the data: SKF_AD_OFF. */
    public static final int ANCILLARY = -0x1000;

    private static final int BPF_LD = 0x0;
    private static final int BPF_LDX = 0x1;
    private static final int BPF_ALU = 0x4;
    private static final int BPF_JMP = 0x5;
    private static final int BPF_RET = 0x6;
    private static final int BPF_MISC = 0x7;
    private static final int BPF_H = 0x8;
    private static final int BPF_B = 0x10;
    private static final int BPF_ABS = 0x20;
    private static final int BPF_IND = 0x40;
    private static final int BPF_MEM = 0x60;
    private static final int BPF_LEN = 0x80;
    private static final int BPF_MSH = 0xa0;

    /** The second operand is X. */
    public static final int BY_X = 0x8;

    public static final int LOAD = BPF_LD | BPF_ABS;
    public static final int LOAD_HALF = LOAD | BPF_H;
    public static final int LOAD_BYTE = LOAD | BPF_B;
    public static final int LOAD_AT_X = BPF_LD | BPF_IND;
    public static final int LOAD_HALF_AT_X = LOAD_AT_X | BPF_H;
    public static final int LOAD_BYTE_AT_X = LOAD_AT_X | BPF_B;
    public static final int LOAD_LENGTH = BPF_LD | BPF_LEN;
    public static final int LOAD_CONSTANT = BPF_LD | 0x0;
    public static final int LOAD_MEMORY = BPF_LD | BPF_MEM;
    public static final int LOAD_X_LENGTH = BPF_LDX | BPF_LEN;
    public static final int LOAD_X_HEADER = BPF_LDX | BPF_MSH | BPF_B;
    public static final int LOAD_X_CONSTANT = BPF_LDX | 0x0;
    public static final int LOAD_X_MEMORY = BPF_LDX | BPF_MEM;
    public static final int STORE = 0x2;
    public static final int STORE_X = 0x3;
    public static final int ADD = BPF_ALU | 0x00;
    public static final int ADD_X = ADD | BY_X;
    public static final int SUBTRACT = BPF_ALU | 0x10;
    public static final int SUBTRACT_X = SUBTRACT | BY_X;
    public static final int MULTIPLY = BPF_ALU | 0x20;
    public static final int MULTIPLY_X = MULTIPLY | BY_X;
    public static final int DIVIDE = BPF_ALU | 0x30;
    public static final int DIVIDE_X = DIVIDE | BY_X;
    public static final int MODULO = BPF_ALU | 0x90;
    public static final int MODULO_X = MODULO | BY_X;
    public static final int AND = BPF_ALU | 0x50;
    public static final int AND_X = AND | BY_X;
    public static final int OR = BPF_ALU | 0x40;
    public static final int OR_X = OR | BY_X;
    public static final int XOR = BPF_ALU | 0xa0;
    public static final int XOR_X = XOR | BY_X;
    public static final int SHIFT_LEFT = BPF_ALU | 0x60;
    public static final int SHIFT_LEFT_X = SHIFT_LEFT | BY_X;
    public static final int SHIFT_RIGHT = BPF_ALU | 0x70;
    public static final int SHIFT_RIGHT_X = SHIFT_RIGHT | BY_X;
    public static final int NEGATE = BPF_ALU | 0x80;
    public static final int JUMP = BPF_JMP | 0x00;
    public static final int JUMP_EQUAL = BPF_JMP | 0x10;
    public static final int JUMP_EQUAL_X = JUMP_EQUAL | BY_X;
    public static final int JUMP_GREATER = BPF_JMP | 0x20;
    public static final int JUMP_GREATER_X = JUMP_GREATER | BY_X;
    public static final int JUMP_AT_LEAST = BPF_JMP | 0x30;
    public static final int JUMP_AT_LEAST_X = JUMP_AT_LEAST | BY_X;
    public static final int JUMP_SET = BPF_JMP | 0x40;
    public static final int JUMP_SET_X = JUMP_SET | BY_X;
    public static final int RETURN = BPF_RET | 0x00;
    public static final int RETURN_A = BPF_RET | 0x10;
    public static final int A_TO_X = BPF_MISC | 0x00;
    public static final int X_TO_A = BPF_MISC | 0x80;

    private Instructions() {}

    public static int code(long instruction) {
        return (int) instruction & 0xffff;
    }

    /** How many instructions to skip if the condition holds. */
    public static int ifTrue(long instruction) {
        return (int) (instruction >>> 16) & 0xff;
    }

    /** How many instructions to skip if it does not. */
    public static int ifFalse(long instruction) {
        return (int) (instruction >>> 24) & 0xff;
    }

    public static int operand(long instruction) {
        return (int) (instruction >>> 32);
    }
}
