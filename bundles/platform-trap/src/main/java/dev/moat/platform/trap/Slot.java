package dev.moat.platform.trap;

import java.lang.foreign.MemorySegment;

/**
 * What one guest thread shares with us: its alternate signal stack and a few words. The guest can
 * write it at any time.
 *
 * @param index place in the slot file and in the stub
 */
record Slot(int index, MemorySegment memory) {
    /** Where the stub has it. */
    long address() {
        return StubLayout.SLOTS + fileOffset();
    }

    long fileOffset() {
        return (long) index * StubLayout.SLOT_BYTES;
    }

    /**
     * Offset in the slot of a structure that the stub claims to have at {@code address}; -1 if it
     * is not in the alternate stack.
     */
    int offsetOf(long address, int bytes, int alignment) {
        long offset = address - address();
        boolean within = offset >= StubLayout.SLOT_STACK && offset <= StubLayout.SLOT_BYTES - bytes;
        return within && (offset & (alignment - 1)) == 0 ? (int) offset : -1;
    }
}
