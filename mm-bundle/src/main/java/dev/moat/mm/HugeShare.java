package dev.moat.mm;

import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.swap.Stateful;

/**
 * What the files of one file system may have of the pool, and what is kept for them. Guarded by the
 * lock of the pool. Source: hugepage_subpool_get_pages() and hugepage_subpool_put_pages() of
 * mm/hugetlb.c.
 */
@Stateful
final class HugeShare implements HugePageShare {
    private final HugePool pool;
    private final long most;
    private final long least;

    /** Counted where one of both is given. */
    private long used;

    /** Of those that are kept, what is not used. */
    private long kept;

    private boolean closed;

    HugeShare(HugePool pool, long most, long least) {
        this.pool = pool;
        this.most = most;
        this.least = least;
        this.kept = Math.max(0, least);
    }

    /** Whether it makes a difference. */
    boolean isLimited() {
        return most != HugePagePool.UNLIMITED || least != HugePagePool.UNLIMITED;
    }

    @Override
    public long mostPages() {
        return most;
    }

    @Override
    public long usedPages() {
        return pool.usedOf(this);
    }

    long usedLocked() {
        return used;
    }

    long least() {
        return Math.max(0, least);
    }

    /** Takes pages of it; how many the pool has to promise for them, or -1: it has not so many. */
    long takeLocked(long pages) {
        if (!isLimited()) {
            return pages;
        }
        if (most != HugePagePool.UNLIMITED && used + pages > most) {
            return -1;
        }
        used += pages;
        long fromKept = Math.min(kept, pages);
        kept -= fromKept;
        return pages - fromKept;
    }

    /** Gives pages back; how many promises of the pool go with them. */
    long giveLocked(long pages) {
        if (!isLimited()) {
            return pages;
        }
        used -= pages;
        if (closed) {
            return pages;
        }
        long room = used < least() ? Math.min(pages, least() - used - kept) : 0;
        kept += Math.max(0, room);
        return pages - Math.max(0, room);
    }

    /** Nothing is kept any more; how many were. */
    long closeLocked() {
        closed = true;
        long had = kept;
        kept = 0;
        return had;
    }

    @Override
    public void close() {
        pool.close(this);
    }
}
