package dev.moat.loader;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;

/** Page arithmetic. */
final class Pages {
    private Pages() {}

    static long down(long address) {
        return address & -PAGE_SIZE;
    }

    /**
     * The next page border; wraps at the end of the address range, which callers exclude before.
     */
    static long up(long address) {
        return address + PAGE_SIZE - 1 & -PAGE_SIZE;
    }

    static long offset(long address) {
        return address & PAGE_SIZE - 1;
    }
}
