package dev.moat.lib.stub;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Membarrier;
import dev.moat.abi.SyscallNumbers;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that a stub process does next, in memory that it reads: entries of a number and
 * six arguments. Guests can read it (nothing in it is secret), never write it. Guarded by the
 * space's lock.
 */
public abstract class SystemCallList implements MappingList {
    /** Number and six arguments, padded. */
    public static final int ENTRY_BYTES = 64;

    private static final int MAP_SHARED_FIXED = 0x11;
    private static final int MAP_POPULATE = 0x8000;

    private final MemorySegment list;
    private int entries;

    /**
     * @param list where entries are written, from its start on
     */
    protected SystemCallList(MemorySegment list) {
        this.list = list;
    }

    public final int entries() {
        return entries;
    }

    @Override
    public final boolean isFull() {
        return (entries + 1L) * ENTRY_BYTES > list.byteSize();
    }

    public final void clear() {
        entries = 0;
    }

    @Override
    public final void addMap(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(address, lengthBytes, memoryFileOffset, prot, MAP_SHARED_FIXED);
    }

    @Override
    public final void addMapPresent(
            long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(address, lengthBytes, memoryFileOffset, prot, MAP_SHARED_FIXED | MAP_POPULATE);
    }

    private void addMap(
            long address, long lengthBytes, long memoryFileOffset, int prot, int flags) {
        long at = add(SyscallNumbers.__NR_mmap, address, lengthBytes);
        list.set(JAVA_LONG, at + 24, prot);
        list.set(JAVA_LONG, at + 32, flags);
        list.set(JAVA_LONG, at + 40, descriptor(memoryFileOffset));
        list.set(JAVA_LONG, at + 48, fileOffset(memoryFileOffset));
    }

    /** The descriptor, in the stub process, of the file that is mapped. */
    protected abstract int descriptor(long memoryFileOffset);

    /** The offset in that file. */
    protected long fileOffset(long memoryFileOffset) {
        return memoryFileOffset;
    }

    @Override
    public final void addUnmap(long address, long lengthBytes) {
        add(SyscallNumbers.__NR_munmap, address, lengthBytes);
    }

    @Override
    public final void addProtect(long address, long lengthBytes, int prot) {
        long at = add(SyscallNumbers.__NR_mprotect, address, lengthBytes);
        list.set(JAVA_LONG, at + 24, prot);
    }

    /** membarrier(2) without flags; before it its registration, which may be there already. */
    public final void addCodeBarrier() {
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
        long at = (long) entries * ENTRY_BYTES;
        list.set(JAVA_LONG, at, number);
        list.set(JAVA_LONG, at + 8, address);
        list.set(JAVA_LONG, at + 16, lengthBytes);
        entries++;
        return at;
    }
}
