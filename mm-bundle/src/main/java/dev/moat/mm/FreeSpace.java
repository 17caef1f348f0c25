package dev.moat.mm;

import dev.moat.lib.range.LongRangeSet;

/**
 * Free pages of the memory file by page number: clean ones (holes of the memfd, they read as zeros
 * and cost nothing) and dirty ones (still committed on the host, with old content), which are
 * cheaper to take for small needs. Guarded by the memory file's lock.
 */
final class FreeSpace {
    /**
     * Pages that a need may have to be served from dirty ones: clearing more costs more than a
     * fresh page fault.
     */
    private static final long MAX_DIRTY_TAKE = 64;

    /** Dirty pages that are kept; beyond, they are punched out in one batch. */
    private static final long MAX_DIRTY = 1024;

    private static final int SCAN = 64;

    private final long chunkPages;
    private final LongRangeSet clean = new LongRangeSet();
    private final LongRangeSet dirty = new LongRangeSet();

    FreeSpace(long chunkPages) {
        this.chunkPages = chunkPages;
    }

    /** Takes {@code pages} dirty pages in a row: the first page's number, or -1. */
    long takeDirty(long pages) {
        return pages > MAX_DIRTY_TAKE ? -1 : take(dirty, pages);
    }

    /** Takes {@code pages} clean pages in a row: the first page's number, or -1. */
    long takeClean(long pages) {
        return take(clean, pages);
    }

    void addDirty(long firstPage, long endPage) {
        dirty.add(firstPage, endPage);
    }

    void addClean(long firstPage, long endPage) {
        clean.add(firstPage, endPage);
    }

    boolean hasTooManyDirty() {
        return dirty.total() > MAX_DIRTY;
    }

    /** Takes all dirty ranges out, for the caller to punch and to add as clean. */
    LongRangeSet removeDirty() {
        LongRangeSet removed = new LongRangeSet();
        for (int i = 0; i < dirty.size(); i++) {
            removed.add(dirty.start(i), dirty.end(i));
        }
        dirty.clear();
        return removed;
    }

    long totalPages() {
        return clean.total() + dirty.total();
    }

    /**
     * Looks at the ends of the set, where the latest and the largest ranges tend to be; no need is
     * worth a full scan.
     */
    private long take(LongRangeSet set, long pages) {
        if (set.total() < pages) {
            return -1;
        }
        int size = set.size();
        int lowest = Math.max(0, size - SCAN);
        for (int i = size - 1; i >= lowest; i--) {
            long found = takeFrom(set, i, pages);
            if (found >= 0) {
                return found;
            }
        }
        for (int i = 0; i < Math.min(lowest, SCAN); i++) {
            long found = takeFrom(set, i, pages);
            if (found >= 0) {
                return found;
            }
        }
        return -1;
    }

    private long takeFrom(LongRangeSet set, int index, long pages) {
        long start = set.start(index);
        long end = set.end(index);
        if (end - start < pages) {
            return -1;
        }
        long border = (start / chunkPages + 1) * chunkPages;
        if (start + pages > border) {
            start = border;
            if (end - start < pages) {
                return -1;
            }
        }
        set.remove(start, start + pages);
        return start;
    }
}
