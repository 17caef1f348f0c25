package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.lib.stub.SystemCallList;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The control page of a stub process (commands for its factory, a list for its mapper; guests can
 * read it, never write it) and its reply page, of which nothing is believed. Guarded by the space's
 * lock.
 */
final class ControlPages extends SystemCallList implements AutoCloseable {
    private static final VarHandle WORD = JAVA_INT.varHandle();

    private final ControlFile file;
    private final int index;
    private final MemorySegment control;
    private final MemorySegment reply;

    ControlPages(ControlFile file, int index, MemorySegment pages) {
        super(pages.asSlice(StubLayout.LIST, StubLayout.PAGE_BYTES - StubLayout.LIST));
        this.file = file;
        this.index = index;
        control = pages.asSlice(0, StubLayout.PAGE_BYTES);
        reply = pages.asSlice(StubLayout.PAGE_BYTES, StubLayout.PAGE_BYTES);
        pages.fill((byte) 0);
    }

    /** Offset of the two in the control file. */
    long fileOffset() {
        return 2L * index * StubLayout.PAGE_BYTES;
    }

    /** Writes a command; the factory sees it as soon as {@code sequence} is new to it. */
    void command(int sequence, int command, Slot slot, long childOffset) {
        control.set(JAVA_INT, StubLayout.COMMAND, command);
        control.set(JAVA_LONG, StubLayout.SLOT_ADDRESS, slot.address());
        control.set(JAVA_LONG, StubLayout.SLOT_OFFSET, slot.fileOffset());
        control.set(JAVA_LONG, StubLayout.CHILD_OFFSET, childOffset);
        WORD.setRelease(control, (long) StubLayout.SEQUENCE, sequence);
    }

    MemorySegment sequenceWord() {
        return control.asSlice(StubLayout.SEQUENCE, Integer.BYTES);
    }

    MemorySegment readyWord() {
        return reply.asSlice(StubLayout.READY, Integer.BYTES);
    }

    /** The last command that the stub says to have done. */
    int ready() {
        return (int) WORD.getAcquire(reply, (long) StubLayout.READY);
    }

    /** What the stub says of it: a value or a negated errno. */
    long result() {
        return reply.get(JAVA_LONG, StubLayout.RESULT);
    }

    @Override
    protected int descriptor(long memoryFileOffset) {
        return (memoryFileOffset & CallPatches.IN_PATCH_FILE) != 0
                ? StubLayout.PATCH_FD
                : StubLayout.MEMORY_FD;
    }

    @Override
    protected long fileOffset(long memoryFileOffset) {
        return memoryFileOffset & ~CallPatches.IN_PATCH_FILE;
    }

    /** Gives the pages back to the file; the process is gone. */
    @Override
    public void close() {
        file.free(index);
    }
}
