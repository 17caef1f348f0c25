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

    /** A part of the mapping goes: nobody will want what it did not get. */
    void giveBack(long fileOffset, long lengthBytes) {
        long left = 0;
        for (long at = fileOffset; at < fileOffset + lengthBytes; at += HugePages.BYTES) {
            left += has(at >>> HugePages.SHIFT) ? 1 : 0;
        }
        pool.forgo(share, left);
    }
}
