package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Membarrier;
import dev.moat.abi.SyscallNumbers;
import dev.moat.lib.stub.MappingList;
import java.lang.foreign.MemorySegment;

/**
 * The list of system calls that a stub process does next: entries of {@link StubImage#ENTRY_BYTES},
 * read by the stub's batch code. Guests can read it (nothing in it is secret), never write it.
 * Guarded by the space's lock.
 */
final class ControlPage implements MappingList, AutoCloseable {
    /** Entries that fit. */
    static final int CAPACITY = (int) (StubLayout.PAGE_BYTES / StubImage.ENTRY_BYTES);

    private static final int MAP_SHARED_FIXED = 0x11;
    private static final int MAP_POPULATE = 0x8000;

    private final ControlFile file;
    private final int index;
    private final MemorySegment page;
    private int entries;

    ControlPage(ControlFile file, int index, MemorySegment page) {
        this.file = file;
        this.index = index;
        this.page = page;
    }

    /** Offset of the page in the control file. */
    long fileOffset() {
        return index * StubLayout.PAGE_BYTES;
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
        page.set(JAVA_LONG, at + 24, prot);
        page.set(JAVA_LONG, at + 32, flags);
        page.set(JAVA_LONG, at + 40, StubLayout.MEMORY_FD);
        page.set(JAVA_LONG, at + 48, memoryFileOffset);
    }

    @Override
    public void addUnmap(long address, long lengthBytes) {
        add(SyscallNumbers.__NR_munmap, address, lengthBytes);
    }

    @Override
    public void addProtect(long address, long lengthBytes, int prot) {
        long at = add(SyscallNumbers.__NR_mprotect, address, lengthBytes);
        page.set(JAVA_LONG, at + 24, prot);
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
        long at = (long) entries * StubImage.ENTRY_BYTES;
        page.set(JAVA_LONG, at, number);
        page.set(JAVA_LONG, at + 8, address);
        page.set(JAVA_LONG, at + 16, lengthBytes);
        entries++;
        return at;
    }

    /** Gives the page back to the file. */
    @Override
    public void close() {
        file.free(index);
    }
}
