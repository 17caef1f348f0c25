package dev.moat.task.seccomp;

import static dev.moat.task.seccomp.Instructions.*;

import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompData;

/** Runs a checked filter instruction by instruction: at once, for filters that are seldom asked. */
final class Interpreter {
    /** What a division by a zero in X answers: SECCOMP_RET_KILL_THREAD. */
    private static final int DIVIDED_BY_ZERO = 0;

    private static final int SHIFT_MASK = 31;

    private Interpreter() {}

    static int run(long[] program, int[] words) {
        int a = 0;
        int x = 0;
        int[] memory = new int[Seccomp.BPF_MEMWORDS];
        int at = 0;
        while (true) {
            long instruction = program[at];
            int k = operand(instruction);
            at++;
            switch (code(instruction)) {
                case LOAD -> a = words[k >>> 2];
                case LOAD_LENGTH -> a = (int) SeccompData.SIZE;
                case LOAD_CONSTANT -> a = k;
                case LOAD_MEMORY -> a = memory[k];
                case LOAD_X_LENGTH -> x = (int) SeccompData.SIZE;
                case LOAD_X_CONSTANT -> x = k;
                case LOAD_X_MEMORY -> x = memory[k];
                case STORE -> memory[k] = a;
                case STORE_X -> memory[k] = x;
                case ADD -> a += k;
                case ADD_X -> a += x;
                case SUBTRACT -> a -= k;
                case SUBTRACT_X -> a -= x;
                case MULTIPLY -> a *= k;
                case MULTIPLY_X -> a *= x;
                case DIVIDE -> a = Integer.divideUnsigned(a, k);
                case DIVIDE_X -> {
                    if (x == 0) {
                        return DIVIDED_BY_ZERO;
                    }
                    a = Integer.divideUnsigned(a, x);
                }
                case AND -> a &= k;
                case AND_X -> a &= x;
                case OR -> a |= k;
                case OR_X -> a |= x;
                case XOR -> a ^= k;
                case XOR_X -> a ^= x;
                case SHIFT_LEFT -> a <<= k;
                case SHIFT_LEFT_X -> a <<= x & SHIFT_MASK;
                case SHIFT_RIGHT -> a >>>= k;
                case SHIFT_RIGHT_X -> a >>>= x & SHIFT_MASK;
                case NEGATE -> a = -a;
                case A_TO_X -> x = a;
                case X_TO_A -> a = x;
                case JUMP -> at += k;
                case RETURN -> {
                    return k;
                }
                case RETURN_A -> {
                    return a;
                }
                default ->
                        at += holds(instruction, a, x) ? ifTrue(instruction) : ifFalse(instruction);
            }
        }
    }

    /** The condition of a jump. */
    static boolean holds(long instruction, int a, int x) {
        int code = code(instruction);
        int other = (code & Seccomp.BPF_X) == 0 ? operand(instruction) : x;
        return switch (code & ~Seccomp.BPF_X) {
            case JUMP_EQUAL -> a == other;
            case JUMP_GREATER -> Integer.compareUnsigned(a, other) > 0;
            case JUMP_AT_LEAST -> Integer.compareUnsigned(a, other) >= 0;
            case JUMP_SET -> (a & other) != 0;
            default -> throw new IllegalStateException("unchecked instruction " + code);
        };
    }
}
