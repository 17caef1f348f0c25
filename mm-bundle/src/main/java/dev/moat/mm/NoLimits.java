package dev.moat.mm;

import dev.moat.api.mm.MemoryManager.MemoryLimits;

/** Limits of an address space before the task side has set them. */
enum NoLimits implements MemoryLimits {
    INSTANCE;

    @Override
    public long addressSpaceBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long dataBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long stackBytes() {
        return 8L << 20;
    }

    @Override
    public long lockedBytes() {
        return 8L << 20;
    }
}
