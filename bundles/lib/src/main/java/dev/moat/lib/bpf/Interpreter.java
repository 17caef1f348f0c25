package dev.moat.lib.bpf;

import static dev.moat.lib.bpf.Instructions.*;

/** Runs a checked program instruction by instruction. It ends: all jumps go forward. */
public final class Interpreter {
    /** What a division by a zero in X answers, and a load of what is not there. */
    private static final int FAILED = 0;

    /** Low half of a byte that tells the length of an IP header in words. */
    private static final int HEADER_MASK = 0xf;

    private static final int SHIFT_MASK = 31;

    private Interpreter() {}

    /** What {@code program} answers about {@code input}. */
    public static int run(long[] program, Input input) {
        int a = 0;
        int x = 0;
        int[] memory = new int[MEMORY_WORDS];
        int at = 0;
        while (true) {
            long instruction = program[at];
            int k = operand(instruction);
            at++;
            switch (code(instruction)) {
                case LOAD, LOAD_HALF, LOAD_BYTE -> {
                    boolean beside = Integer.compareUnsigned(k, ANCILLARY) >= 0;
                    long loaded =
                            beside
                                    ? input.loadBeside(k - ANCILLARY, a, x)
                                    : input.load(k, bytes(instruction));
                    if (loaded == Input.NOTHING) {
                        // Without a device the answer is what A holds: convert_bpf_extensions().
                        return beside ? a : FAILED;
                    }
                    a = (int) loaded;
                }
                case LOAD_AT_X, LOAD_HALF_AT_X, LOAD_BYTE_AT_X -> {
                    long loaded = input.load(x + k, bytes(instruction));
                    if (loaded == Input.NOTHING) {
                        return FAILED;
                    }
                    a = (int) loaded;
                }
                case LOAD_X_HEADER -> {
                    long loaded = input.load(k, 1);
                    if (loaded == Input.NOTHING) {
                        return FAILED;
                    }
                    x = ((int) loaded & HEADER_MASK) << 2;
                }
                case LOAD_LENGTH -> a = input.lengthBytes();
                case LOAD_CONSTANT -> a = k;
                case LOAD_MEMORY -> a = memory[k];
                case LOAD_X_LENGTH -> x = input.lengthBytes();
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
                        return FAILED;
                    }
                    a = Integer.divideUnsigned(a, x);
                }
                case MODULO -> a = Integer.remainderUnsigned(a, k);
                case MODULO_X -> {
                    if (x == 0) {
                        return FAILED;
                    }
                    a = Integer.remainderUnsigned(a, x);
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

    private static int bytes(long instruction) {
        return switch (code(instruction)) {
            case LOAD, LOAD_AT_X -> Integer.BYTES;
            case LOAD_HALF, LOAD_HALF_AT_X -> Short.BYTES;
            default -> 1;
        };
    }

    /** The condition of a jump. */
    public static boolean holds(long instruction, int a, int x) {
        int code = code(instruction);
        int other = (code & BY_X) == 0 ? operand(instruction) : x;
        return switch (code & ~BY_X) {
            case JUMP_EQUAL -> a == other;
            case JUMP_GREATER -> Integer.compareUnsigned(a, other) > 0;
            case JUMP_AT_LEAST -> Integer.compareUnsigned(a, other) >= 0;
            case JUMP_SET -> (a & other) != 0;
            default -> throw new IllegalStateException("unchecked instruction " + code);
        };
    }
}
