package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeSet;

/**
 * Free pages of the memory file by page number: clean ones (holes of the memfd, they read as zeros
 * and cost nothing) and dirty ones (still committed on the host, with old content), which are
 * cheaper to take for small needs. Guarded by the memory file's lock.
 */
@Stateful
final class FreeSpace {
    /**
     * Pages that a need may have to be served from dirty ones: clearing is wasted on what stays
     * untouched.
     */
    private static final long MAX_DIRTY_TAKE = 512;

    /**
     * Dirty pages that are kept always: this many, and a part of what is used. Beyond, and beyond
     * the {@link Demand}, they are punched out in one batch.
     */
    private static final long MAX_DIRTY = 1536;

    private static final int USED_SHIFT = 2;

    private static final int SCAN = 64;

    private final long chunkPages;
    private final LongRangeSet clean = new LongRangeSet();
    private final LongRangeSet dirty = new LongRangeSet();

    FreeSpace(long chunkPages) {
        this.chunkPages = chunkPages;
    }

    /** Takes {@code pages} dirty pages in a row: the first page's number, or -1. */
    long takeDirty(long pages) {
        return pages > MAX_DIRTY_TAKE ? -1 : take(dirty, pages, 1);
    }

    /** {@link #takeDirty} whose first page's number is a multiple of a power of two. */
    long takeDirty(long pages, long alignPages) {
        return take(dirty, pages, alignPages);
    }

    /** Takes {@code pages} clean pages in a row: the first page's number, or -1. */
    long takeClean(long pages) {
        return takeClean(pages, 1);
    }

    /** {@link #takeClean} whose first page's number is a multiple of a power of two. */
    long takeClean(long pages, long alignPages) {
        return take(clean, pages, alignPages);
    }

    void addDirty(long firstPage, long endPage) {
        dirty.add(firstPage, endPage);
    }

    void addClean(long firstPage, long endPage) {
        clean.add(firstPage, endPage);
    }

    /**
     * How many dirty pages should go; 0 while they are few enough.
     *
     * @param wantedPages more than these are not kept, if it is more than what is kept always
     */
    long excessDirty(long usedPages, long wantedPages) {
        long kept = Math.max(MAX_DIRTY + (usedPages >>> USED_SHIFT), wantedPages);
        return dirty.total() <= kept ? 0 : dirty.total() - kept / 2;
    }

    /** Takes {@code pages} dirty pages out, for the caller to punch and to add as clean. */
    LongRangeSet removeDirty(long pages) {
        LongRangeSet removed = new LongRangeSet();
        long left = pages;
        while (left > 0 && !dirty.isEmpty()) {
            long start = dirty.start(0);
            long end = Math.min(dirty.end(0), start + left);
            dirty.remove(start, end);
            removed.add(start, end);
            left -= end - start;
        }
        return removed;
    }

    long totalPages() {
        return clean.total() + dirty.total();
    }

    /**
     * Looks at the ends of the set, where the latest and the largest ranges tend to be; no need is
     * worth a full scan.
     */
    private long take(LongRangeSet set, long pages, long alignPages) {
        if (set.total() < pages) {
            return -1;
        }
        int size = set.size();
        int lowest = Math.max(0, size - SCAN);
        for (int i = size - 1; i >= lowest; i--) {
            long found = takeFrom(set, i, pages, alignPages);
            if (found >= 0) {
                return found;
            }
        }
        for (int i = 0; i < Math.min(lowest, SCAN); i++) {
            long found = takeFrom(set, i, pages, alignPages);
            if (found >= 0) {
                return found;
            }
        }
        return -1;
    }

    private long takeFrom(LongRangeSet set, int index, long pages, long alignPages) {
        long start = (set.start(index) + alignPages - 1) & -alignPages;
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
