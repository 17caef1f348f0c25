package dev.moat.mm;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import java.lang.foreign.MemorySegment;

/** What the memory file needs of the host beyond {@link HostMemory}; a test has its own. */
interface HostPages {
    void close(int fd);

    /** pwrite(2): bytes, or a negated errno. */
    long write(int fd, MemorySegment source, long offset);

    /** The host's. */
    record Real(HostFiles files) implements HostPages {
        @Override
        public void close(int fd) {
            files.close(fd);
        }

        @Override
        public long write(int fd, MemorySegment source, long offset) {
            return files.pwrite(fd, source, offset);
        }
    }
}
