package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Instruction;

/** Which codes are instructions: BPF_INSN_MAP of kernel/bpf/core.c. */
final class Codes {
    private Codes() {}

    static boolean isKnown(int code) {
        int mode = code & Instruction.MODE_MASK;
        int size = code & BPF_DW;
        return switch (code & 7) {
            case BPF_LD -> (mode == BPF_ABS || mode == BPF_IND) && size != BPF_DW;
            case BPF_LDX -> mode == BPF_MEM || mode == Instruction.SIGNED_MODE && size != BPF_DW;
            case BPF_ST -> mode == BPF_MEM;
            case BPF_STX ->
                    mode == BPF_MEM || mode == BPF_ATOMIC && (size == BPF_W || size == BPF_DW);
            case BPF_ALU, BPF_ALU64 -> isArithmetic(code);
            default -> isJump(code);
        };
    }

    private static boolean isArithmetic(int code) {
        boolean register = (code & BPF_X) != 0;
        return switch (code & Instruction.OPERATION_MASK) {
            case BPF_NEG -> !register;
            case BPF_END -> (code & 7) == BPF_ALU || !register;
            default -> (code & Instruction.OPERATION_MASK) < BPF_END;
        };
    }

    private static boolean isJump(int code) {
        boolean register = (code & BPF_X) != 0;
        return switch (code & Instruction.OPERATION_MASK) {
            case BPF_JA -> !register;
            case BPF_CALL, BPF_EXIT -> !register && (code & 7) == BPF_JMP;
            default -> (code & Instruction.OPERATION_MASK) <= BPF_JSLE;
        };
    }

    /** How messages write an operation of arithmetic. */
    static String operator(int operation) {
        return switch (operation) {
            case BPF_ADD -> "+=";
            case BPF_SUB -> "-=";
            case BPF_MUL -> "*=";
            case BPF_DIV -> "/=";
            case BPF_OR -> "|=";
            case BPF_AND -> "&=";
            case BPF_LSH -> "<<=";
            case BPF_RSH -> ">>=";
            case BPF_MOD -> "%=";
            case BPF_XOR -> "^=";
            case BPF_ARSH -> "s>>=";
            default -> "=";
        };
    }
}
