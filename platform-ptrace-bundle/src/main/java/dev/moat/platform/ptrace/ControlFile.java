package dev.moat.platform.ptrace;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.lib.stub.PagedFile;

/**
 * The memory file with the control pages of a session's stub processes: mapped writable here, a
 * single page of it read-only in each stub process. Thread safe.
 */
final class ControlFile implements AutoCloseable {
    private final PagedFile file;

    ControlFile(HostFiles files, HostMemory memory) {
        int unitBytes = (int) StubLayout.PAGE_BYTES;
        file = new PagedFile(files, memory, "moat-control", unitBytes, Integer.MAX_VALUE);
    }

    int fd() {
        return file.fd();
    }

    /** A page for a new stub process; close it when that process is gone. */
    ControlPage allocate() {
        int index = file.allocate();
        return new ControlPage(this, index, file.unit(index));
    }

    void free(int index) {
        file.free(index);
    }

    @Override
    public void close() {
        file.close();
    }
}
