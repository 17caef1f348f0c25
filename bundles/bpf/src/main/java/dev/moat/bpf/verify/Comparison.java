package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Arithmetic;
import org.jspecify.annotations.Nullable;

/**
 * What two numbers may be when a jump was taken, or was not.
 *
 * @param left of the comparison, as far as it is still possible
 */
record Comparison(Scalar left, Scalar right) {
    private static final long LOW = 0xffff_ffffL;

    /** Stands for BPF_JSET that was not taken. */
    private static final int NO_BITS = -1;

    /** The outcome; null: it is impossible. */
    static @Nullable Comparison of(int operation, boolean wide, boolean taken, Scalar a, Scalar b) {
        int holding = taken ? operation : opposite(operation);
        if (a.isConstant() && b.isConstant()) {
            boolean is = Arithmetic.holds(operation, wide, a.least(), b.least());
            return is == taken ? new Comparison(a, b) : null;
        }
        long most = isSigned(operation) ? Integer.MAX_VALUE : LOW;
        if (!wide && !(a.isWithin(most) && b.isWithin(most))) {
            // the upper halves may be anything
            return new Comparison(a, b);
        }
        return switch (holding) {
            case BPF_JEQ -> equal(a, b);
            case BPF_JNE -> different(a, b);
            case BPF_JLT -> below(a, b, 1);
            case BPF_JLE -> below(a, b, 0);
            case BPF_JGT -> swapped(below(b, a, 1));
            case BPF_JGE -> swapped(below(b, a, 0));
            case BPF_JSLT -> belowSigned(a, b, 1);
            case BPF_JSLE -> belowSigned(a, b, 0);
            case BPF_JSGT -> swapped(belowSigned(b, a, 1));
            case BPF_JSGE -> swapped(belowSigned(b, a, 0));
            default -> new Comparison(a, b);
        };
    }

    private static boolean isSigned(int operation) {
        return switch (operation) {
            case BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE -> true;
            default -> false;
        };
    }

    private static int opposite(int operation) {
        return switch (operation) {
            case BPF_JEQ -> BPF_JNE;
            case BPF_JNE -> BPF_JEQ;
            case BPF_JLT -> BPF_JGE;
            case BPF_JGE -> BPF_JLT;
            case BPF_JGT -> BPF_JLE;
            case BPF_JLE -> BPF_JGT;
            case BPF_JSLT -> BPF_JSGE;
            case BPF_JSGE -> BPF_JSLT;
            case BPF_JSGT -> BPF_JSLE;
            case BPF_JSLE -> BPF_JSGT;
            default -> NO_BITS;
        };
    }

    private static @Nullable Comparison equal(Scalar a, Scalar b) {
        Scalar both =
                Scalar.agreed(
                        Long.compareUnsigned(a.least(), b.least()) > 0 ? a.least() : b.least(),
                        Long.compareUnsigned(a.most(), b.most()) < 0 ? a.most() : b.most(),
                        Math.max(a.signedLeast(), b.signedLeast()),
                        Math.min(a.signedMost(), b.signedMost()));
        return both == null ? null : new Comparison(both, both);
    }

    private static @Nullable Comparison different(Scalar a, Scalar b) {
        Scalar left = b.isConstant() ? without(a, b.least()) : a;
        Scalar right = a.isConstant() ? without(b, a.least()) : b;
        return left == null || right == null ? null : new Comparison(left, right);
    }

    private static @Nullable Scalar without(Scalar from, long value) {
        if (from.isConstant()) {
            return from.least() == value ? null : from;
        }
        return Scalar.agreed(
                from.least() == value ? value + 1 : from.least(),
                from.most() == value ? value - 1 : from.most(),
                from.signedLeast() == value ? value + 1 : from.signedLeast(),
                from.signedMost() == value ? value - 1 : from.signedMost());
    }

    /** a + distance <= b. */
    private static @Nullable Comparison below(Scalar a, Scalar b, int distance) {
        if (distance == 1 && (b.most() == 0 || a.least() == -1L)) {
            return null;
        }
        long most = b.most() - distance;
        long least = a.least() + distance;
        Scalar left =
                Scalar.agreed(
                        a.least(),
                        Long.compareUnsigned(a.most(), most) < 0 ? a.most() : most,
                        a.signedLeast(),
                        a.signedMost());
        Scalar right =
                Scalar.agreed(
                        Long.compareUnsigned(b.least(), least) > 0 ? b.least() : least,
                        b.most(),
                        b.signedLeast(),
                        b.signedMost());
        return left == null || right == null ? null : new Comparison(left, right);
    }

    private static @Nullable Comparison belowSigned(Scalar a, Scalar b, int distance) {
        if (distance == 1
                && (b.signedMost() == Long.MIN_VALUE || a.signedLeast() == Long.MAX_VALUE)) {
            return null;
        }
        Scalar left =
                Scalar.agreed(
                        a.least(),
                        a.most(),
                        a.signedLeast(),
                        Math.min(a.signedMost(), b.signedMost() - distance));
        Scalar right =
                Scalar.agreed(
                        b.least(),
                        b.most(),
                        Math.max(b.signedLeast(), a.signedLeast() + distance),
                        b.signedMost());
        return left == null || right == null ? null : new Comparison(left, right);
    }

    private static @Nullable Comparison swapped(@Nullable Comparison other) {
        return other == null ? null : new Comparison(other.right, other.left);
    }
}
