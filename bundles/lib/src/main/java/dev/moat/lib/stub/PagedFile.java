package dev.moat.lib.stub;

import dev.moat.abi.Errno;
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
 * A memory file of equal units that kernel host and stubs share: mapped as a whole here, unit by
 * unit in the stubs. Thread safe.
 */
public final class PagedFile implements AutoCloseable {
    private static final int UNITS_PER_CHUNK = 64;
    private static final int PROT_READ_WRITE = 3;

    private final HostFiles files;
    private final HostMemory memory;
    private final int unitBytes;
    private final int maxUnits;
    private final int fd;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<MemorySegment> chunks = new ArrayList<>();
    private final Deque<Integer> free = new ArrayDeque<>();

    public PagedFile(HostFiles files, HostMemory memory, String name, int unitBytes, int maxUnits) {
        this.files = files;
        this.memory = memory;
        this.unitBytes = unitBytes;
        this.maxUnits = maxUnits;
        fd = HostResult.orThrow(memory.createMemoryFile(name));
    }

    public int fd() {
        return fd;
    }

    /**
     * Index of a unit that nobody has.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN if there are too many, ENOMEM
     */
    public int allocate() {
        lock.lock();
        try {
            if (free.isEmpty()) {
                addChunkLocked();
            }
            return free.pop();
        } finally {
            lock.unlock();
        }
    }

    private void addChunkLocked() {
        int first = chunks.size() * UNITS_PER_CHUNK;
        if (first + UNITS_PER_CHUNK > maxUnits) {
            throw Errno.EAGAIN.exception();
        }
        long offset = (long) first * unitBytes;
        long bytes = (long) UNITS_PER_CHUNK * unitBytes;
        HostResult.orThrow(memory.resize(fd, offset + bytes));
        chunks.add(memory.map(fd, offset, bytes, PROT_READ_WRITE));
        for (int i = 0; i < UNITS_PER_CHUNK; i++) {
            free.add(first + i);
        }
    }

    public MemorySegment unit(int index) {
        lock.lock();
        try {
            long at = (long) (index % UNITS_PER_CHUNK) * unitBytes;
            return chunks.get(index / UNITS_PER_CHUNK).asSlice(at, unitBytes);
        } finally {
            lock.unlock();
        }
    }

    /** No stub has it mapped any more. */
    public void free(int index) {
        lock.lock();
        try {
            free.push(index);
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
            free.clear();
        } finally {
            lock.unlock();
        }
        files.close(fd);
    }
}
