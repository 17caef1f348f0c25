package dev.moat.mm;

import dev.moat.abi.Errno;

/** Arithmetic of 4 KiB pages. */
final class Pages {
    static final int SHIFT = 12;
    static final long BYTES = 1L << SHIFT;
    static final long MASK = BYTES - 1;

    private Pages() {}

    static long floor(long address) {
        return address & ~MASK;
    }

    /** Rounds up; wraps to 0 at the very end, as PAGE_ALIGN does. */
    static long ceil(long address) {
        return (address + MASK) & ~MASK;
    }

    static boolean isAligned(long value) {
        return (value & MASK) == 0;
    }

    /**
     * Rounds a guest's length up to pages.
     *
     * @throws dev.moat.abi.ErrnoException {@code ifOverflow} if it does not fit the address space
     */
    static long lengthOrThrow(long lengthBytes, Errno ifOverflow) {
        long rounded = ceil(lengthBytes);
        if (rounded < 0 || lengthBytes < 0 || rounded < lengthBytes) {
            throw ifOverflow.exception();
        }
        return rounded;
    }
}
