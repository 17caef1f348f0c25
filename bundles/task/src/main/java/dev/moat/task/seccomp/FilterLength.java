package dev.moat.task.seccomp;

import static dev.moat.lib.bpf.Instructions.*;

import dev.moat.abi.Seccomp;

/**
 * How long Linux finds a filter: it counts the instructions of extended BPF that it makes of them.
 * Source: net/core/filter.c bpf_convert_filter.
 */
final class FilterLength {
    /** Clears A and X, keeps the context. */
    private static final int PROLOGUE = 3;

    /** Looks whether X is zero. */
    private static final int DIVISION = 5;

    private FilterLength() {}

    static int of(long[] program) {
        int length = PROLOGUE;
        for (long instruction : program) {
            length +=
                    switch (code(instruction)) {
                        case RETURN -> 2;
                        case DIVIDE_X -> DIVISION;
                        case JUMP_EQUAL,
                                JUMP_EQUAL_X,
                                JUMP_GREATER,
                                JUMP_GREATER_X,
                                JUMP_AT_LEAST,
                                JUMP_AT_LEAST_X,
                                JUMP_SET,
                                JUMP_SET_X ->
                                ofJump(instruction);
                        default -> 1;
                    };
        }
        return length;
    }

    /** Operands are signed there, and there is one target. */
    private static int ofJump(long instruction) {
        boolean byX = (code(instruction) & Seccomp.BPF_X) != 0;
        int length = !byX && operand(instruction) < 0 ? 2 : 1;
        boolean reversible = (code(instruction) & ~Seccomp.BPF_X) != JUMP_SET;
        boolean oneTarget = ifFalse(instruction) == 0 || ifTrue(instruction) == 0 && reversible;
        return oneTarget ? length : length + 1;
    }
}
