package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.lib.stub.PagedFile;
import java.lang.foreign.MemorySegment;

/**
 * The memory file with trampolines and changed copies of pages of text, which only stubs map: the
 * sandbox's own memory, and whoever reads it, has the originals. Thread safe.
 */
final class PatchFile implements AutoCloseable {
    private static final int MAX_PAGES = 1 << 18;

    private final PagedFile file;

    /** Of the page that all trampolines have in common. */
    private final int common;

    PatchFile(HostFiles files, HostMemory memory, TrampolineCode code) {
        file = new PagedFile(files, memory, "moat-patch", (int) StubLayout.PAGE_BYTES, MAX_PAGES);
        common = file.allocate();
        code.writeTo(file.unit(common));
    }

    int fd() {
        return file.fd();
    }

    int common() {
        return common;
    }

    /**
     * A page with any contents.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN, ENOMEM
     */
    int allocate() {
        return file.allocate();
    }

    MemorySegment page(int index) {
        return file.unit(index);
    }

    static long offset(int index) {
        return index * StubLayout.PAGE_BYTES;
    }

    /** No stub has it mapped any more. */
    void free(int index) {
        file.unit(index).fill((byte) 0);
        file.free(index);
    }

    @Override
    public void close() {
        file.close();
    }
}
