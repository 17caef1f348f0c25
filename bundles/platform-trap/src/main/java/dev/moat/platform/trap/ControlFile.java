package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.lib.stub.PagedFile;

/** The memory file with the control and reply pages of a session's stub processes. Thread safe. */
final class ControlFile implements AutoCloseable {
    private final PagedFile file;

    ControlFile(HostFiles files, HostMemory memory) {
        int unitBytes = 2 * (int) StubLayout.PAGE_BYTES;
        file = new PagedFile(files, memory, "moat-control", unitBytes, StubLayout.MAX_SLOTS);
    }

    int fd() {
        return file.fd();
    }

    /** Empty pages for a new stub process; close them when that process is gone. */
    ControlPages allocate() {
        int index = file.allocate();
        return new ControlPages(this, index, file.unit(index));
    }

    void free(int index) {
        file.free(index);
    }

    @Override
    public void close() {
        file.close();
    }
}
