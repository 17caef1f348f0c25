package dev.moat.mm;

import dev.moat.api.mm.FilePager;
import java.lang.foreign.MemorySegment;

/** Of files that a process serves: their owner puts pages in and takes dirty ones out. */
enum NoPager implements FilePager {
    INSTANCE;

    @Override
    public void fill(long fileOffset, MemorySegment target) {
        throw new IllegalStateException("nobody was asked for the page");
    }

    @Override
    public void clean(long fileOffset, MemorySegment source) {
        throw new IllegalStateException("dirty pages are taken, not written");
    }
}
