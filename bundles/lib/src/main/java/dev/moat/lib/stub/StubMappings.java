package dev.moat.lib.stub;

/**
 * The mappings of a stub process: what it has once all is done, and what is to be done for that.
 * Guarded by the space's lock.
 */
public final class StubMappings {
    private static final long PAGE_MASK = 4095;

    private final MappedRanges mapped;
    private final MappingQueue queue = new MappingQueue();
    private final long guestEnd;
    private final int most;

    /**
     * Those of a process that has nothing mapped.
     *
     * @param guestEnd where the addresses of guests end
     * @param most how many mappings the host lets a process have
     */
    public StubMappings(long guestEnd, int most) {
        this(new MappedRanges(), guestEnd, most);
    }

    private StubMappings(MappedRanges mapped, long guestEnd, int most) {
        this.mapped = mapped;
        this.guestEnd = guestEnd;
        this.most = most;
    }

    /** Those of a process that is cloned from this one when nothing is left to do. */
    public StubMappings copy() {
        return new StubMappings(mapped.copy(), guestEnd, most);
    }

    /** What is to be done. */
    public MappingQueue queue() {
        return queue;
    }

    /** Whether one mapping more may be one too many. */
    public boolean isFull() {
        return mapped.count() >= most;
    }

    /** Whether any page of the range is mapped. */
    public boolean intersects(long address, long lengthBytes) {
        check(address, lengthBytes);
        return mapped.intersects(address, address + lengthBytes);
    }

    /**
     * Maps a range of the memory file.
     *
     * @return false if that was one mapping too many: then all are dropped
     */
    public boolean map(long address, long lengthBytes, long memoryFileOffset, int prot) {
        boolean fits = note(address, lengthBytes, prot);
        if (fits) {
            queue.addMap(address, lengthBytes, memoryFileOffset, prot);
        }
        return fits;
    }

    /** {@link #map} with the pages of the file entered, so that no access faults. */
    public boolean mapPresent(long address, long lengthBytes, long memoryFileOffset, int prot) {
        boolean fits = note(address, lengthBytes, prot);
        if (fits) {
            queue.addMapPresent(address, lengthBytes, memoryFileOffset, prot);
        }
        return fits;
    }

    private boolean note(long address, long lengthBytes, int prot) {
        check(address, lengthBytes);
        mapped.set(address, address + lengthBytes, prot);
        if (mapped.count() > most) {
            dropAll();
            return false;
        }
        return true;
    }

    /** Unmaps what {@link #intersects} the range. */
    public void unmap(long address, long lengthBytes) {
        check(address, lengthBytes);
        mapped.cut(address, address + lengthBytes);
        queue.addUnmap(address, lengthBytes);
    }

    /** Changes the rights of what is mapped in the range. */
    public void protect(long address, long lengthBytes, int prot) {
        check(address, lengthBytes);
        long end = address + lengthBytes;
        long at = address;
        while (at < end) {
            int i = mapped.firstEndingAfter(at);
            if (i == mapped.count() || mapped.start(i) >= end) {
                break;
            }
            long from = Math.max(at, mapped.start(i));
            long to = Math.min(end, mapped.end(i));
            if (mapped.prot(i) != prot) {
                mapped.set(from, to, prot);
                queue.addProtect(from, to - from, prot);
            }
            // not by index: the range may have joined its neighbours
            at = to;
        }
    }

    /**
     * Starts over: the host limits the mappings of a process, and may refuse one for reasons of its
     * own. Faults bring back what is in use.
     */
    public void dropAll() {
        mapped.clear();
        queue.clear();
        queue.addUnmap(0, guestEnd);
    }

    private void check(long address, long lengthBytes) {
        long end = address + lengthBytes;
        if (((address | lengthBytes) & PAGE_MASK) != 0
                || lengthBytes <= 0
                || address < 0
                || end > guestEnd
                || end < 0) {
            throw new IllegalArgumentException(
                    "not a range of guest pages: %#x + %#x".formatted(address, lengthBytes));
        }
    }
}
