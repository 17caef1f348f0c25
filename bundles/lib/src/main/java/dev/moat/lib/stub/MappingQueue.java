package dev.moat.lib.stub;

import java.util.Arrays;

/**
 * Changes of a stub's mappings that were asked for and not done yet, in order. Neighbouring changes
 * of one kind become one. Guarded by the space's lock.
 */
public final class MappingQueue {
    private static final int UNMAP = 0;
    private static final int MAP = 1;
    private static final int PROTECT = 2;

    /** As {@link #MAP}, with all pages entered at once. */
    private static final int MAP_PRESENT = 3;

    /** Kind, address, length, memory file offset, rights. */
    private static final int FIELDS = 5;

    private long[] changes = new long[16 * FIELDS];
    private int size;
    private int next;

    public boolean isEmpty() {
        return next == size;
    }

    public void addMap(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(MAP, address, lengthBytes, memoryFileOffset, prot);
    }

    public void addMapPresent(long address, long lengthBytes, long memoryFileOffset, int prot) {
        addMap(MAP_PRESENT, address, lengthBytes, memoryFileOffset, prot);
    }

    private void addMap(int kind, long address, long lengthBytes, long memoryFileOffset, int prot) {
        int last = size - FIELDS;
        if (continues(last, kind, address, prot)
                && changes[last + 3] + changes[last + 2] == memoryFileOffset) {
            changes[last + 2] += lengthBytes;
        } else {
            add(kind, address, lengthBytes, memoryFileOffset, prot);
        }
    }

    public void addUnmap(long address, long lengthBytes) {
        int last = size - FIELDS;
        if (continues(last, UNMAP, address, 0)) {
            changes[last + 2] += lengthBytes;
        } else {
            add(UNMAP, address, lengthBytes, 0, 0);
        }
    }

    public void addProtect(long address, long lengthBytes, int prot) {
        int last = size - FIELDS;
        if (continues(last, PROTECT, address, prot)) {
            changes[last + 2] += lengthBytes;
        } else {
            add(PROTECT, address, lengthBytes, 0, prot);
        }
    }

    /** Whether this removal is all that is to be done. */
    public boolean isOnlyUnmap(long address, long lengthBytes) {
        return size - next == FIELDS
                && changes[next] == UNMAP
                && changes[next + 1] == address
                && changes[next + 2] == lengthBytes;
    }

    /** Whether the change at {@code last} is of this kind and ends where the new one starts. */
    private boolean continues(int last, int kind, long address, int prot) {
        return last >= next
                && changes[last] == kind
                && changes[last + 1] + changes[last + 2] == address
                && changes[last + 4] == prot;
    }

    private void add(int kind, long address, long lengthBytes, long offset, int prot) {
        if (size == changes.length) {
            changes = Arrays.copyOf(changes, size * 2);
        }
        changes[size] = kind;
        changes[size + 1] = address;
        changes[size + 2] = lengthBytes;
        changes[size + 3] = offset;
        changes[size + 4] = prot;
        size += FIELDS;
    }

    /** Moves as many changes as fit to {@code page}, which must be empty. */
    public void moveTo(MappingList page) {
        while (next < size && !page.isFull()) {
            long address = changes[next + 1];
            long length = changes[next + 2];
            switch ((int) changes[next]) {
                case MAP ->
                        page.addMap(address, length, changes[next + 3], (int) changes[next + 4]);
                case MAP_PRESENT ->
                        page.addMapPresent(
                                address, length, changes[next + 3], (int) changes[next + 4]);
                case PROTECT -> page.addProtect(address, length, (int) changes[next + 4]);
                default -> page.addUnmap(address, length);
            }
            next += FIELDS;
        }
        if (next == size) {
            clear();
        }
    }

    public void clear() {
        next = 0;
        size = 0;
    }
}
