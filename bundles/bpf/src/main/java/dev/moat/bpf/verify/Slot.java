package dev.moat.bpf.verify;

import org.jspecify.annotations.Nullable;

/**
 * Eight bytes of the stack.
 *
 * @param value what was written as a whole; null if only parts were
 * @param written bit n: byte n was
 */
record Slot(@Nullable Value value, int written) {
    static final int BYTES = 8;
    static final int ALL = 0xff;

    static Slot whole(Value value) {
        return new Slot(value, ALL);
    }

    boolean isPointer() {
        return value instanceof Pointer;
    }

    /** Whether whatever may be in {@code other} may be in this. */
    boolean covers(Slot other) {
        if (isPointer() || other.isPointer()) {
            return equals(other);
        }
        if ((other.written & written) != written) {
            return false;
        }
        return value == null
                || value instanceof Scalar mine
                        && other.value instanceof Scalar its
                        && mine.covers(its);
    }
}
