package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeSet;

/**
 * The huge pages that a private mapping was promised: those of its process, but for what it got
 * already. The areas of the mapping share it; a child of fork(2) is promised nothing. Guarded by
 * the mapping lock. Source: HPAGE_RESV_OWNER of mm/hugetlb.c.
 */
@Stateful
final class HugeReserve {
    private final HugePool pool;
    private final HugeShare share;

    /** Numbers of pages in the file. */
    private final LongRangeSet taken = new LongRangeSet();

    HugeReserve(HugePool pool, HugeShare share) {
        this.pool = pool;
        this.share = share;
    }

    /** Whether a page of the file is promised still. */
    boolean has(long index) {
        return !taken.contains(index);
    }

    /** A page was given. */
    void take(long index) {
        taken.add(index, index + 1);
    }

    /**
     * Empties whole huge pages of an area: MADV_DONTNEED. Those that nobody else has are promised
     * again, as in Linux since 6.9.
     */
    void discardLocked(Space space, Vma area, long start, long end) {
        LongRangeSet own = new LongRangeSet();
        for (long at = start; at < end; at += HugePages.BYTES) {
            long entry = space.table.get(at);
            if (Pte.is(entry, Pte.ANONYMOUS)
                    && space.file.isExclusive(Pte.offset(entry), HugePages.BYTES)) {
                long index = area.fileOffset(at) >>> HugePages.SHIFT;
                own.add(index, index + 1);
            }
        }
        space.discardLocked(area, start, end);
        for (int i = 0; i < own.size(); i++) {
            for (long index = own.start(i); index < own.end(i); index++) {
                if (pool.promiseAgain(share)) {
                    taken.remove(index, index + 1);
                }
            }
        }
    }

    /** A part of the mapping goes: nobody will want what it did not get. */
    void giveBack(long fileOffset, long lengthBytes) {
        long left = 0;
        for (long at = fileOffset; at < fileOffset + lengthBytes; at += HugePages.BYTES) {
            left += has(at >>> HugePages.SHIFT) ? 1 : 0;
        }
        pool.forgo(share, left);
    }
}
