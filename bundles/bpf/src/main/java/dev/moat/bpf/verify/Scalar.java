package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Arithmetic;
import org.jspecify.annotations.Nullable;

/** A number between two bounds, as an unsigned one and as a signed one, all included. */
record Scalar(long least, long most, long signedLeast, long signedMost) implements Value {
    static final Scalar ANY = new Scalar(0, -1, Long.MIN_VALUE, Long.MAX_VALUE);
    private static final long LOW = 0xffff_ffffL;

    static Scalar of(long value) {
        return new Scalar(value, value, value, value);
    }

    /** Any number of so many bytes. */
    static Scalar ofBytes(int bytes) {
        return bytes == 8 ? ANY : upTo((1L << 8 * bytes) - 1);
    }

    /** From 0 to an unsigned bound. */
    static Scalar upTo(long most) {
        return between(0, most);
    }

    static Scalar between(long least, long most) {
        Scalar made = agreed(least, most, Long.MIN_VALUE, Long.MAX_VALUE);
        return made == null ? ANY : made;
    }

    static Scalar betweenSigned(long least, long most) {
        Scalar made = agreed(0, -1, least, most);
        return made == null ? ANY : made;
    }

    /**
     * Takes from either kind of bounds what it says of the other; null: there is no such number.
     */
    static @Nullable Scalar agreed(long least, long most, long signedLeast, long signedMost) {
        long u0 = least;
        long u1 = most;
        long s0 = signedLeast;
        long s1 = signedMost;
        if ((s0 ^ s1) >= 0) {
            u0 = Long.compareUnsigned(u0, s0) < 0 ? s0 : u0;
            u1 = Long.compareUnsigned(u1, s1) > 0 ? s1 : u1;
        }
        if ((u0 ^ u1) >= 0) {
            s0 = Math.max(s0, u0);
            s1 = Math.min(s1, u1);
        }
        return Long.compareUnsigned(u0, u1) > 0 || s0 > s1 ? null : new Scalar(u0, u1, s0, s1);
    }

    boolean isConstant() {
        return least == most;
    }

    /** Whether every number that {@code other} may be is one of this, too. */
    boolean covers(Scalar other) {
        return Long.compareUnsigned(least, other.least) <= 0
                && Long.compareUnsigned(most, other.most) >= 0
                && signedLeast <= other.signedLeast
                && signedMost >= other.signedMost;
    }

    boolean isWithin(long unsignedMost) {
        return Long.compareUnsigned(most, unsignedMost) <= 0;
    }

    /** What is left of it in 32 bits. */
    Scalar low() {
        if (isWithin(LOW)) {
            return this;
        }
        return isConstant() ? of(least & LOW) : upTo(LOW);
    }

    /** A binary operation, see {@link Arithmetic#binary}. */
    static Scalar binary(int operation, boolean wide, int offset, Scalar left, Scalar right) {
        if (right.isConstant() && (left.isConstant() || operation == BPF_MOV)) {
            return of(Arithmetic.binary(operation, wide, offset, left.least, right.least));
        }
        if (operation == BPF_MOV) {
            return moved(wide, offset, right);
        }
        Scalar a = wide ? left : left.low();
        Scalar b = wide ? right : right.low();
        boolean signed = offset != 0 || operation == BPF_ARSH;
        if (!wide && signed) {
            return upTo(LOW);
        }
        Scalar result = wideResult(operation, offset, a, b, wide ? 63 : 31);
        return wide ? result : result.low();
    }

    private static Scalar moved(boolean wide, int offset, Scalar from) {
        if (offset != 0) {
            long half = 1L << offset - 1;
            return wide ? betweenSigned(-half, half - 1) : upTo(LOW);
        }
        return wide ? from : from.low();
    }

    private static Scalar wideResult(int operation, int offset, Scalar a, Scalar b, int mostShift) {
        return switch (operation) {
            case BPF_ADD -> sum(a, b);
            case BPF_SUB -> difference(a, b);
            case BPF_MUL ->
                    a.isWithin(Integer.MAX_VALUE) && b.isWithin(Integer.MAX_VALUE)
                            ? between(a.least * b.least, a.most * b.most)
                            : ANY;
            case BPF_AND -> upTo(Long.compareUnsigned(a.most, b.most) < 0 ? a.most : b.most);
            case BPF_OR ->
                    between(
                            Long.compareUnsigned(a.least, b.least) > 0 ? a.least : b.least,
                            bits(a.most | b.most));
            case BPF_XOR -> upTo(bits(a.most | b.most));
            case BPF_DIV, BPF_MOD -> offset == 0 ? quotient(operation, a, b) : ANY;
            default -> b.isConstant() ? shifted(operation, a, (int) b.least & mostShift) : ANY;
        };
    }

    /** All bits up to the highest one. */
    private static long bits(long value) {
        return value == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(value);
    }

    private static Scalar sum(Scalar a, Scalar b) {
        boolean carries = Long.compareUnsigned(a.most + b.most, a.most) < 0;
        Scalar result = carries ? ANY : between(a.least + b.least, a.most + b.most);
        long s0 = a.signedLeast + b.signedLeast;
        long s1 = a.signedMost + b.signedMost;
        boolean overflows =
                ((a.signedLeast ^ s0) & (b.signedLeast ^ s0)) < 0
                        || ((a.signedMost ^ s1) & (b.signedMost ^ s1)) < 0;
        return overflows ? result : result.and(s0, s1);
    }

    private static Scalar difference(Scalar a, Scalar b) {
        boolean borrows = Long.compareUnsigned(a.least, b.most) < 0;
        Scalar result = borrows ? ANY : between(a.least - b.most, a.most - b.least);
        long s0 = a.signedLeast - b.signedMost;
        long s1 = a.signedMost - b.signedLeast;
        boolean overflows =
                ((a.signedLeast ^ b.signedMost) & (a.signedLeast ^ s0)) < 0
                        || ((a.signedMost ^ b.signedLeast) & (a.signedMost ^ s1)) < 0;
        return overflows ? result : result.and(s0, s1);
    }

    private Scalar and(long newSignedLeast, long newSignedMost) {
        Scalar both =
                agreed(
                        least,
                        most,
                        Math.max(signedLeast, newSignedLeast),
                        Math.min(signedMost, newSignedMost));
        return both == null ? ANY : both;
    }

    private static Scalar quotient(int operation, Scalar a, Scalar b) {
        if (!b.isConstant() || b.least == 0) {
            return ANY;
        }
        if (operation == BPF_MOD) {
            return upTo(b.least - 1);
        }
        return between(Long.divideUnsigned(a.least, b.least), Long.divideUnsigned(a.most, b.least));
    }

    private static Scalar shifted(int operation, Scalar a, int count) {
        return switch (operation) {
            case BPF_LSH ->
                    a.isWithin(-1L >>> count) ? between(a.least << count, a.most << count) : ANY;
            case BPF_RSH -> between(a.least >>> count, a.most >>> count);
            default -> betweenSigned(a.signedLeast >> count, a.signedMost >> count);
        };
    }
}
