package dev.moat.mm;

import java.lang.foreign.MemorySegment;

/**
 * Space that was taken, filled with a copy of runs of the same memory file. Pages that the host
 * does not have yet are written by a host call, which neither faults nor clears them first: half
 * the cost.
 */
final class PageCopy {
    private final ChunkedMemoryFile file;
    private final HostPages host;
    private final long offset;
    private final boolean dirty;
    private long filled;

    /**
     * @param taken tells whether the host has the pages: {@link ChunkedMemoryFile#isCommitted}
     */
    PageCopy(ChunkedMemoryFile file, HostPages host, long taken) {
        this.file = file;
        this.host = host;
        this.offset = Pages.floor(taken);
        this.dirty = ChunkedMemoryFile.isCommitted(taken);
    }

    long offset() {
        return offset;
    }

    /** Appends a copy of a run. */
    void append(long source, long lengthBytes) {
        MemorySegment from = file.segment(source, lengthBytes);
        long target = offset + filled;
        if (dirty || host.write(file.hostFd(), from, target) != lengthBytes) {
            MemorySegment.copy(from, 0, file.segment(target, lengthBytes), 0, lengthBytes);
        }
        filled += lengthBytes;
    }
}
