package dev.moat.lib.stub;

/** The changes of mappings that a stub does next, in one go. */
public interface MappingList {
    /** Whether no more fits. */
    boolean isFull();

    /** mmap(2), shared, of the memory file. */
    void addMap(long address, long lengthBytes, long memoryFileOffset, int prot);

    /** {@link #addMap} with the pages of the file entered, so that no access faults. */
    default void addMapPresent(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(address, lengthBytes, memoryFileOffset, prot);
    }

    /** munmap(2). */
    void addUnmap(long address, long lengthBytes);

    /** mprotect(2). */
    void addProtect(long address, long lengthBytes, int prot);
}
