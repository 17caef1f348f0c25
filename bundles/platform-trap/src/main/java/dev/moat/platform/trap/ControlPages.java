package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Membarrier;
import dev.moat.abi.SyscallNumbers;
import dev.moat.lib.stub.MappingList;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The control page of a stub process (commands for its factory, a list for its mapper; guests can
 * read it, never write it) and its reply page, of which nothing is believed. Guarded by the space's
 * lock.
 */
final class ControlPages implements MappingList, AutoCloseable {
    private static final int CAPACITY =
            (int) (StubLayout.PAGE_BYTES - StubLayout.LIST) / StubLayout.ENTRY_BYTES;

    private static final int MAP_SHARED_FIXED = 0x11;
    private static final int MAP_POPULATE = 0x8000;
    private static final VarHandle WORD = JAVA_INT.varHandle();

    private final ControlFile file;
    private final int index;
    private final MemorySegment control;
    private final MemorySegment reply;
    private int entries;

    ControlPages(ControlFile file, int index, MemorySegment pages) {
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

    int entries() {
        return entries;
    }

    @Override
    public boolean isFull() {
        return entries == CAPACITY;
    }

    void clear() {
        entries = 0;
    }

    @Override
    public void addMap(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(address, lengthBytes, memoryFileOffset, prot, MAP_SHARED_FIXED);
    }

    @Override
    public void addMapPresent(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(address, lengthBytes, memoryFileOffset, prot, MAP_SHARED_FIXED | MAP_POPULATE);
    }

    private void addMap(
            long address, long lengthBytes, long memoryFileOffset, int prot, int flags) {
        long at = add(SyscallNumbers.__NR_mmap, address, lengthBytes);
        control.set(JAVA_LONG, at + 24, prot);
        control.set(JAVA_LONG, at + 32, flags);
        boolean patch = (memoryFileOffset & CallPatches.IN_PATCH_FILE) != 0;
        control.set(JAVA_LONG, at + 40, patch ? StubLayout.PATCH_FD : StubLayout.MEMORY_FD);
        control.set(JAVA_LONG, at + 48, memoryFileOffset & ~CallPatches.IN_PATCH_FILE);
    }

    @Override
    public void addUnmap(long address, long lengthBytes) {
        add(SyscallNumbers.__NR_munmap, address, lengthBytes);
    }

    @Override
    public void addProtect(long address, long lengthBytes, int prot) {
        long at = add(SyscallNumbers.__NR_mprotect, address, lengthBytes);
        control.set(JAVA_LONG, at + 24, prot);
    }

    /** membarrier(2) without flags; before it its registration, which may be there already. */
    void addCodeBarrier() {
        add(
                SyscallNumbers.__NR_membarrier,
                Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
                0);
        add(
                SyscallNumbers.__NR_membarrier,
                Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
                0);
    }

    private long add(int number, long address, long lengthBytes) {
        long at = StubLayout.LIST + (long) entries * StubLayout.ENTRY_BYTES;
        control.set(JAVA_LONG, at, number);
        control.set(JAVA_LONG, at + 8, address);
        control.set(JAVA_LONG, at + 16, lengthBytes);
        entries++;
        return at;
    }

    /** Gives the pages back to the file; the process is gone. */
    @Override
    public void close() {
        file.free(index);
    }
}
