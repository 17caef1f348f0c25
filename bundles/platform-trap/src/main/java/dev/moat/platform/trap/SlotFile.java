package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.lib.stub.PagedFile;

/** The memory file with the slots of a session's guest threads. Thread safe. */
final class SlotFile implements AutoCloseable {
    private final PagedFile file;

    SlotFile(HostFiles files, HostMemory memory) {
        file =
                new PagedFile(
                        files, memory, "moat-slots", StubLayout.SLOT_BYTES, StubLayout.MAX_SLOTS);
    }

    int fd() {
        return file.fd();
    }

    /** An empty slot; free it when the process that has it mapped is gone. */
    Slot allocate() {
        int index = file.allocate();
        return new Slot(index, file.unit(index));
    }

    /** The next owner must not see what the last one had in registers. */
    void free(Slot slot) {
        slot.memory().fill((byte) 0);
        file.free(slot.index());
    }

    @Override
    public void close() {
        file.close();
    }
}
