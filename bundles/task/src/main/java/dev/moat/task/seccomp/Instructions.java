package dev.moat.task.seccomp;

import static dev.moat.abi.Seccomp.BPF_A;
import static dev.moat.abi.Seccomp.BPF_ABS;
import static dev.moat.abi.Seccomp.BPF_ADD;
import static dev.moat.abi.Seccomp.BPF_ALU;
import static dev.moat.abi.Seccomp.BPF_AND;
import static dev.moat.abi.Seccomp.BPF_DIV;
import static dev.moat.abi.Seccomp.BPF_IMM;
import static dev.moat.abi.Seccomp.BPF_JA;
import static dev.moat.abi.Seccomp.BPF_JEQ;
import static dev.moat.abi.Seccomp.BPF_JGE;
import static dev.moat.abi.Seccomp.BPF_JGT;
import static dev.moat.abi.Seccomp.BPF_JMP;
import static dev.moat.abi.Seccomp.BPF_JSET;
import static dev.moat.abi.Seccomp.BPF_K;
import static dev.moat.abi.Seccomp.BPF_LD;
import static dev.moat.abi.Seccomp.BPF_LDX;
import static dev.moat.abi.Seccomp.BPF_LEN;
import static dev.moat.abi.Seccomp.BPF_LSH;
import static dev.moat.abi.Seccomp.BPF_MEM;
import static dev.moat.abi.Seccomp.BPF_MISC;
import static dev.moat.abi.Seccomp.BPF_MUL;
import static dev.moat.abi.Seccomp.BPF_NEG;
import static dev.moat.abi.Seccomp.BPF_OR;
import static dev.moat.abi.Seccomp.BPF_RET;
import static dev.moat.abi.Seccomp.BPF_RSH;
import static dev.moat.abi.Seccomp.BPF_ST;
import static dev.moat.abi.Seccomp.BPF_STX;
import static dev.moat.abi.Seccomp.BPF_SUB;
import static dev.moat.abi.Seccomp.BPF_TAX;
import static dev.moat.abi.Seccomp.BPF_TXA;
import static dev.moat.abi.Seccomp.BPF_X;
import static dev.moat.abi.Seccomp.BPF_XOR;

/**
 * The instructions that a seccomp filter may use, and a {@code struct sock_filter} as one long: its
 * bytes in the order of the struct.
 */
final class Instructions {
    static final int LOAD = BPF_LD | BPF_ABS;
    static final int LOAD_LENGTH = BPF_LD | BPF_LEN;
    static final int LOAD_CONSTANT = BPF_LD | BPF_IMM;
    static final int LOAD_MEMORY = BPF_LD | BPF_MEM;
    static final int LOAD_X_LENGTH = BPF_LDX | BPF_LEN;
    static final int LOAD_X_CONSTANT = BPF_LDX | BPF_IMM;
    static final int LOAD_X_MEMORY = BPF_LDX | BPF_MEM;
    static final int STORE = BPF_ST;
    static final int STORE_X = BPF_STX;
    static final int ADD = BPF_ALU | BPF_ADD;
    static final int ADD_X = ADD | BPF_X;
    static final int SUBTRACT = BPF_ALU | BPF_SUB;
    static final int SUBTRACT_X = SUBTRACT | BPF_X;
    static final int MULTIPLY = BPF_ALU | BPF_MUL;
    static final int MULTIPLY_X = MULTIPLY | BPF_X;
    static final int DIVIDE = BPF_ALU | BPF_DIV;
    static final int DIVIDE_X = DIVIDE | BPF_X;
    static final int AND = BPF_ALU | BPF_AND;
    static final int AND_X = AND | BPF_X;
    static final int OR = BPF_ALU | BPF_OR;
    static final int OR_X = OR | BPF_X;
    static final int XOR = BPF_ALU | BPF_XOR;
    static final int XOR_X = XOR | BPF_X;
    static final int SHIFT_LEFT = BPF_ALU | BPF_LSH;
    static final int SHIFT_LEFT_X = SHIFT_LEFT | BPF_X;
    static final int SHIFT_RIGHT = BPF_ALU | BPF_RSH;
    static final int SHIFT_RIGHT_X = SHIFT_RIGHT | BPF_X;
    static final int NEGATE = BPF_ALU | BPF_NEG;
    static final int JUMP = BPF_JMP | BPF_JA;
    static final int JUMP_EQUAL = BPF_JMP | BPF_JEQ;
    static final int JUMP_EQUAL_X = JUMP_EQUAL | BPF_X;
    static final int JUMP_GREATER = BPF_JMP | BPF_JGT;
    static final int JUMP_GREATER_X = JUMP_GREATER | BPF_X;
    static final int JUMP_AT_LEAST = BPF_JMP | BPF_JGE;
    static final int JUMP_AT_LEAST_X = JUMP_AT_LEAST | BPF_X;
    static final int JUMP_SET = BPF_JMP | BPF_JSET;
    static final int JUMP_SET_X = JUMP_SET | BPF_X;
    static final int RETURN = BPF_RET | BPF_K;
    static final int RETURN_A = BPF_RET | BPF_A;
    static final int A_TO_X = BPF_MISC | BPF_TAX;
    static final int X_TO_A = BPF_MISC | BPF_TXA;

    private Instructions() {}

    static int code(long instruction) {
        return (int) instruction & 0xffff;
    }

    /** How many instructions to skip if the condition holds. */
    static int ifTrue(long instruction) {
        return (int) (instruction >>> 16) & 0xff;
    }

    /** How many instructions to skip if it does not. */
    static int ifFalse(long instruction) {
        return (int) (instruction >>> 24) & 0xff;
    }

    static int operand(long instruction) {
        return (int) (instruction >>> 32);
    }
}
