package dev.moat.platform.ptrace;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory file with the control pages of a session's stub processes: mapped writable here, a
 * single page of it read-only in each stub process. Thread safe.
 */
final class ControlFile implements AutoCloseable {
    private static final int PAGES_PER_CHUNK = 64;
    private static final long CHUNK_BYTES = PAGES_PER_CHUNK * StubLayout.PAGE_BYTES;
    private static final int PROT_READ_WRITE = 3;

    private final HostFiles files;
    private final HostMemory memory;
    private final int fd;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<MemorySegment> chunks = new ArrayList<>();
    private final Deque<Integer> freePages = new ArrayDeque<>();

    ControlFile(HostFiles files, HostMemory memory) {
        this.files = files;
        this.memory = memory;
        fd = HostResult.orThrow(memory.createMemoryFile("moat-control"));
    }

    int fd() {
        return fd;
    }

    /** A page for a new stub process; close it when that process is gone. */
    ControlPage allocate() {
        lock.lock();
        try {
            if (freePages.isEmpty()) {
                addChunk();
            }
            int index = freePages.pop();
            long inChunk = index % PAGES_PER_CHUNK * StubLayout.PAGE_BYTES;
            MemorySegment page =
                    chunks.get(index / PAGES_PER_CHUNK).asSlice(inChunk, StubLayout.PAGE_BYTES);
            return new ControlPage(this, index, page);
        } finally {
            lock.unlock();
        }
    }

    private void addChunk() {
        long offset = chunks.size() * CHUNK_BYTES;
        HostResult.orThrow(memory.resize(fd, offset + CHUNK_BYTES));
        int first = chunks.size() * PAGES_PER_CHUNK;
        chunks.add(memory.map(fd, offset, CHUNK_BYTES, PROT_READ_WRITE));
        for (int i = 0; i < PAGES_PER_CHUNK; i++) {
            freePages.add(first + i);
        }
    }

    void free(int index) {
        lock.lock();
        try {
            freePages.push(index);
        } finally {
            lock.unlock();
        }
    }

    /** All stub processes must be gone. */
    @Override
    public void close() {
        lock.lock();
        try {
            chunks.forEach(memory::unmap);
            chunks.clear();
            freePages.clear();
        } finally {
            lock.unlock();
        }
        files.close(fd);
    }
}
