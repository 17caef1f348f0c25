package dev.moat.lib.bpf;

import static dev.moat.lib.bpf.Instructions.*;

import java.util.Arrays;

/**
 * Says whether a program ends with an answer, whatever it is asked. Source: net/core/filter.c
 * bpf_check_classic.
 */
public final class ProgramChecker {
    private static final int SHIFT_LIMIT = 32;

    /** The last number of what comes with data: SKF_AD_VLAN_TPID. */
    private static final int LAST_BESIDE = 60;

    private ProgramChecker() {}

    /** Whether {@link Interpreter} may run {@code program}. */
    public static boolean isValid(long[] program) {
        if (program.length == 0 || program.length > MOST) {
            return false;
        }
        for (int at = 0; at < program.length; at++) {
            if (!isValid(program, at)) {
                return false;
            }
        }
        int last = code(program[program.length - 1]);
        return (last == RETURN || last == RETURN_A) && readsOnlyWhatItWrote(program);
    }

    private static boolean isValid(long[] program, int at) {
        long instruction = program[at];
        int operand = operand(instruction);
        int left = program.length - at - 1;
        return switch (code(instruction)) {
            case LOAD, LOAD_HALF, LOAD_BYTE ->
                    Integer.compareUnsigned(operand, ANCILLARY) < 0 || isKnown(operand - ANCILLARY);
            case LOAD_MEMORY, LOAD_X_MEMORY, STORE, STORE_X ->
                    operand >= 0 && operand < MEMORY_WORDS;
            case DIVIDE, MODULO -> operand != 0;
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
            case LOAD_AT_X,
                    LOAD_HALF_AT_X,
                    LOAD_BYTE_AT_X,
                    LOAD_X_HEADER,
                    LOAD_LENGTH,
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
                    MODULO_X,
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

    private static boolean isKnown(int number) {
        return number <= LAST_BESIDE && number % Integer.BYTES == 0;
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
