package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeMap;
import org.jspecify.annotations.Nullable;

/** The extents of one file by page. Guarded by the file's lock. */
@Stateful
final class Extents {
    private static final long MAX_PAGES = 512;
    private static final long MIN_PAGES = 4;

    private final LongRangeMap<Extent> extents = new LongRangeMap<>();
    private final ChunkedMemoryFile memory;
    private long presentPages;

    Extents(ChunkedMemoryFile memory) {
        this.memory = memory;
    }

    long presentPages() {
        return presentPages;
    }

    @Nullable Extent find(long page) {
        return extents.find(page);
    }

    /** First page with content at or behind {@code page}, or -1. */
    long nextPresent(long page) {
        for (int i = extents.firstEndingAfter(page); i < extents.size(); i++) {
            Extent extent = extents.value(i);
            long found = extent.nextPresent(Math.max(page, extent.firstPage));
            if (found < extent.endPage()) {
                return found;
            }
        }
        return -1;
    }

    /** First page without content at or behind {@code page}. */
    long nextAbsent(long page) {
        long at = page;
        for (int i = extents.firstEndingAfter(page); i < extents.size(); i++) {
            Extent extent = extents.value(i);
            if (extent.firstPage > at) {
                return at;
            }
            at = extent.nextAbsent(at);
            if (at < extent.endPage()) {
                return at;
            }
        }
        return at;
    }

    /**
     * The extent that holds {@code page}, made if there is none: aligned, and as large as the file
     * lets expect use, so that what is next to each other in the file is so in memory, whatever the
     * order of first use.
     *
     * @param sizePages size of the file as far as it is known
     */
    Extent make(long page, long sizePages) {
        Extent there = extents.find(page);
        if (there != null) {
            return there;
        }
        long wanted = MIN_PAGES;
        if (!memory.isScarce()) {
            long byPosition = Long.highestOneBit(page + 1) >>> 1;
            long bySize = page < sizePages ? Long.highestOneBit(2 * sizePages - 1) : 0;
            wanted = Math.clamp(Math.max(byPosition, bySize), MIN_PAGES, MAX_PAGES);
        }
        long start = page & -wanted;
        long end = start + wanted;
        int next = extents.firstEndingAfter(page);
        if (next < extents.size()) {
            end = Math.min(end, extents.start(next));
        }
        if (next > 0) {
            start = Math.max(start, extents.end(next - 1));
        }
        long offset = memory.take(end - start, ChunkedMemoryFile.Content.ZERO);
        Extent made = new Extent(start, (int) (end - start), offset);
        extents.insert(start, end, made);
        return made;
    }

    /** Marks pages of an extent as holding content; they are charged already. */
    void markPresent(Extent extent, long from, long to) {
        extent.present.set((int) (from - extent.firstPage), (int) (to - extent.firstPage));
        memory.markCharged(extent.memoryOf(from), (to - from) << Pages.SHIFT, PageOwners.Kind.FILE);
        presentPages += to - from;
    }

    /**
     * Takes file pages {@code [from, to)} out; their references go to {@code removed}.
     *
     * @return how many of them held content
     */
    long remove(long from, long to, RunList removed) {
        long count = 0;
        int i = extents.firstEndingAfter(from);
        while (i < extents.size() && extents.start(i) < to) {
            Extent extent = extents.value(i);
            long low = Math.max(from, extent.firstPage);
            long high = Math.min(to, extent.endPage());
            Extent gone = extent.part(low, high);
            count += gone.present.cardinality();
            removed.add(gone.memoryOffset, (long) gone.pages << Pages.SHIFT);
            extents.removeAt(i);
            if (extent.firstPage < low) {
                extents.insert(extent.firstPage, low, extent.part(extent.firstPage, low));
                i++;
            }
            if (high < extent.endPage()) {
                extents.insert(high, extent.endPage(), extent.part(high, extent.endPage()));
                break;
            }
        }
        presentPages -= count;
        return count;
    }

    int size() {
        return extents.size();
    }

    Extent at(int index) {
        return extents.value(index);
    }
}
