package dev.moat.platform.ptrace;

import dev.moat.lib.stub.SystemCallList;
import java.lang.foreign.MemorySegment;

/** What a stub process does next, read by the stub's batch code. */
final class ControlPage extends SystemCallList implements AutoCloseable {
    private final ControlFile file;
    private final int index;

    ControlPage(ControlFile file, int index, MemorySegment page) {
        super(page);
        this.file = file;
        this.index = index;
    }

    /** Offset of the page in the control file. */
    long fileOffset() {
        return index * StubLayout.PAGE_BYTES;
    }

    @Override
    protected int descriptor(long memoryFileOffset) {
        return StubLayout.MEMORY_FD;
    }

    /** Gives the page back to the file. */
    @Override
    public void close() {
        file.free(index);
    }
}
