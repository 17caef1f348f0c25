package dev.moat.task.seccomp;

import static dev.moat.task.seccomp.Instructions.*;

import dev.moat.abi.Errno;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompData;
import java.util.Arrays;

/**
 * Says whether a program is a filter that ends with an answer, whatever it is asked. Sources:
 * net/core/filter.c bpf_check_classic, kernel/seccomp.c seccomp_check_filter.
 */
final class FilterChecker {
    private static final int WORD_BYTES = 4;
    private static final int SHIFT_LIMIT = 32;

    private FilterChecker() {}

    /** EINVAL unless {@code program} may run. */
    static void check(long[] program) {
        if (program.length == 0 || program.length > Seccomp.BPF_MAXINSNS) {
            throw Errno.EINVAL.exception();
        }
        for (int at = 0; at < program.length; at++) {
            if (!isValid(program, at)) {
                throw Errno.EINVAL.exception();
            }
        }
        int last = code(program[program.length - 1]);
        if (last != RETURN && last != RETURN_A || !readsOnlyWhatItWrote(program)) {
            throw Errno.EINVAL.exception();
        }
    }

    private static boolean isValid(long[] program, int at) {
        long instruction = program[at];
        int operand = operand(instruction);
        int left = program.length - at - 1;
        return switch (code(instruction)) {
            case LOAD -> operand >= 0 && operand < SeccompData.SIZE && operand % WORD_BYTES == 0;
            case LOAD_MEMORY, LOAD_X_MEMORY, STORE, STORE_X ->
                    operand >= 0 && operand < Seccomp.BPF_MEMWORDS;
            case DIVIDE -> operand != 0;
            case SHIFT_LEFT, SHIFT_RIGHT -> operand >= 0 && operand < SHIFT_LIMIT;
            case JUMP -> Integer.compareUnsigned(operand, left) < 0;
            case JUMP_EQUAL,
                    JUMP_EQUAL_X,
                    JUMP_GREATER,
                    JUMP_GREATER_X,
                    JUMP_AT_LEAST,
                    JUMP_AT_LEAST_X,
                    JUMP_SET,
                    JUMP_SET_X ->
                    ifTrue(instruction) < left && ifFalse(instruction) < left;
            case LOAD_LENGTH,
                    LOAD_CONSTANT,
                    LOAD_X_LENGTH,
                    LOAD_X_CONSTANT,
                    ADD,
                    ADD_X,
                    SUBTRACT,
                    SUBTRACT_X,
                    MULTIPLY,
                    MULTIPLY_X,
                    DIVIDE_X,
                    AND,
                    AND_X,
                    OR,
                    OR_X,
                    XOR,
                    XOR_X,
                    SHIFT_LEFT_X,
                    SHIFT_RIGHT_X,
                    NEGATE,
                    RETURN,
                    RETURN_A,
                    A_TO_X,
                    X_TO_A ->
                    true;
            default -> false;
        };
    }

    /** No word of memory is read on a way on which it was not written: check_load_and_stores. */
    private static boolean readsOnlyWhatItWrote(long[] program) {
        // What is written for sure when an instruction is reached by a jump.
        int[] writtenAt = new int[program.length];
        Arrays.fill(writtenAt, -1);
        int written = 0;
        for (int at = 0; at < program.length; at++) {
            long instruction = program[at];
            written &= writtenAt[at];
            switch (code(instruction)) {
                case STORE, STORE_X -> written |= 1 << operand(instruction);
                case LOAD_MEMORY, LOAD_X_MEMORY -> {
                    if ((written & 1 << operand(instruction)) == 0) {
                        return false;
                    }
                }
                case JUMP -> {
                    writtenAt[at + 1 + operand(instruction)] &= written;
                    written = -1;
                }
                case JUMP_EQUAL,
                        JUMP_EQUAL_X,
                        JUMP_GREATER,
                        JUMP_GREATER_X,
                        JUMP_AT_LEAST,
                        JUMP_AT_LEAST_X,
                        JUMP_SET,
                        JUMP_SET_X -> {
                    writtenAt[at + 1 + ifTrue(instruction)] &= written;
                    writtenAt[at + 1 + ifFalse(instruction)] &= written;
                    written = -1;
                }
                default -> {}
            }
        }
        return true;
    }
}
