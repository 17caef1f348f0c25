package dev.moat.bpf;

import static dev.moat.abi.Bpf.*;

/** What instructions compute: the same for the verifier, of constants, and when they run. */
public final class Arithmetic {
    private static final long LOW = 0xffff_ffffL;

    private Arithmetic() {}

    /**
     * A binary operation of BPF_ALU64, or of BPF_ALU with {@code wide} false, whose upper half is 0
     * then. BPF_MOV with an offset extends the sign of that many bits.
     *
     * @param offset of the instruction: 1 for a signed BPF_DIV or BPF_MOD
     */
    public static long binary(int operation, boolean wide, int offset, long a, long b) {
        return wide
                ? wide(operation, offset, a, b)
                : narrow(operation, offset, (int) a, (int) b) & LOW;
    }

    private static long wide(int operation, int offset, long a, long b) {
        return switch (operation) {
            case BPF_ADD -> a + b;
            case BPF_SUB -> a - b;
            case BPF_MUL -> a * b;
            case BPF_DIV -> b == 0 ? 0 : offset == 0 ? Long.divideUnsigned(a, b) : a / b;
            case BPF_MOD -> b == 0 ? a : offset == 0 ? Long.remainderUnsigned(a, b) : a % b;
            case BPF_OR -> a | b;
            case BPF_AND -> a & b;
            case BPF_XOR -> a ^ b;
            case BPF_LSH -> a << b;
            case BPF_RSH -> a >>> b;
            case BPF_ARSH -> a >> b;
            case BPF_MOV -> extend(b, offset);
            default -> throw new IllegalStateException("operation " + operation);
        };
    }

    private static int narrow(int operation, int offset, int a, int b) {
        return switch (operation) {
            case BPF_ADD -> a + b;
            case BPF_SUB -> a - b;
            case BPF_MUL -> a * b;
            case BPF_DIV -> b == 0 ? 0 : offset == 0 ? Integer.divideUnsigned(a, b) : a / b;
            case BPF_MOD -> b == 0 ? a : offset == 0 ? Integer.remainderUnsigned(a, b) : a % b;
            case BPF_OR -> a | b;
            case BPF_AND -> a & b;
            case BPF_XOR -> a ^ b;
            case BPF_LSH -> a << b;
            case BPF_RSH -> a >>> b;
            case BPF_ARSH -> a >> b;
            case BPF_MOV -> (int) extend(b, offset);
            default -> throw new IllegalStateException("operation " + operation);
        };
    }

    /** The sign of the lowest {@code bits}; 0: as it is. */
    public static long extend(long value, int bits) {
        return bits == 0 ? value : value << 64 - bits >> 64 - bits;
    }

    /** BPF_NEG. */
    public static long negate(boolean wide, long a) {
        return wide ? -a : -a & LOW;
    }

    /**
     * BPF_END: the lowest {@code bits} in another order, or cut off.
     *
     * @param swaps false for BPF_TO_LE, which leaves the order as it is
     */
    public static long order(boolean swaps, int bits, long a) {
        long low = bits == 64 ? a : a & (1L << bits) - 1;
        return swaps ? Long.reverseBytes(low) >>> 64 - bits : low;
    }

    /** Whether a conditional jump is taken. */
    public static boolean holds(int operation, boolean wide, long left, long right) {
        long a = wide ? left : (int) left;
        long b = wide ? right : (int) right;
        return switch (operation) {
            case BPF_JEQ -> a == b;
            case BPF_JNE -> a != b;
            case BPF_JSET -> (a & b) != 0;
            case BPF_JGT -> Long.compareUnsigned(a, b) > 0;
            case BPF_JGE -> Long.compareUnsigned(a, b) >= 0;
            case BPF_JLT -> Long.compareUnsigned(a, b) < 0;
            case BPF_JLE -> Long.compareUnsigned(a, b) <= 0;
            case BPF_JSGT -> a > b;
            case BPF_JSGE -> a >= b;
            case BPF_JSLT -> a < b;
            case BPF_JSLE -> a <= b;
            default -> throw new IllegalStateException("operation " + operation);
        };
    }
}
