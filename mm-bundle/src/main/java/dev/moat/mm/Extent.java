package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import java.util.BitSet;

/**
 * A piece of a file's pages with space in a row in the memory file: page {@code i} of the extent
 * lies at {@code memoryOffset + i * 4096}, whether it is there yet or not. Guarded by the file's
 * lock.
 */
@Stateful
final class Extent {
    /** Page number in the file of the first page. */
    final long firstPage;

    final int pages;
    final long memoryOffset;

    /** Which pages hold content. */
    final BitSet present;

    /** Which pages differ from what is behind the file. */
    final BitSet dirty;

    Extent(long firstPage, int pages, long memoryOffset) {
        this(firstPage, pages, memoryOffset, new BitSet(), new BitSet());
    }

    private Extent(long firstPage, int pages, long memoryOffset, BitSet present, BitSet dirty) {
        this.firstPage = firstPage;
        this.pages = pages;
        this.memoryOffset = memoryOffset;
        this.present = present;
        this.dirty = dirty;
    }

    long endPage() {
        return firstPage + pages;
    }

    boolean has(long page) {
        return present.get((int) (page - firstPage));
    }

    /** Memory file offset of a page of the file. */
    long memoryOf(long page) {
        return memoryOffset + ((page - firstPage) << Pages.SHIFT);
    }

    /** First page from {@code page} on that holds no content; at most {@link #endPage}. */
    long nextAbsent(long page) {
        return firstPage + Math.min(pages, present.nextClearBit((int) (page - firstPage)));
    }

    /** First page from {@code page} on that holds content; {@link #endPage} if there is none. */
    long nextPresent(long page) {
        int bit = present.nextSetBit((int) (page - firstPage));
        return bit < 0 ? endPage() : firstPage + bit;
    }

    /** The part of file pages {@code [from, to)} as an extent of its own. */
    Extent part(long from, long to) {
        int low = (int) (from - firstPage);
        int high = (int) (to - firstPage);
        return new Extent(
                from, high - low, memoryOf(from), present.get(low, high), dirty.get(low, high));
    }
}
