package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link HugePagePool}: numbers only. Pages take their place in the memory file when somebody gets
 * them, and lose it with the last reference; the memory that they count for is charged to the
 * sandbox, and to no control group, for as long as they are in the pool. Source: mm/hugetlb.c.
 */
@Stateful
final class HugePool implements HugePagePool {
    /** What {@link #take} gives when there is no page. */
    static final long NONE = -1;

    /** One in so many pages of memory stays out of the pool: without any, nothing could run. */
    private static final int LEFT_PART = 16;

    private final KernelMemory memory;

    private final RankedLock lock = new RankedLock(LockRank.MEMORY_FILE);

    // Guarded by the lock: see Counts.
    private long total;
    private long free;
    private long reserved;
    private long surplus;

    /** Whose pages are whose, of those that a limited share has: by number in the memory file. */
    private final Map<Long, HugeShare> shares = new HashMap<>();

    private final HugeShare whole = new HugeShare(this, UNLIMITED, UNLIMITED);

    /** Whether there ever was a page: before, the memory file has none to tell of. */
    private volatile boolean used;

    // Written through /proc, read by any task.
    private volatile long overcommit;
    private volatile int group;

    HugePool(KernelMemory memory) {
        this.memory = memory;
    }

    boolean isUsed() {
        return used;
    }

    @Override
    public Counts counts() {
        lock.lock();
        try {
            return new Counts(total, free, reserved, surplus);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long overcommit() {
        return overcommit;
    }

    @Override
    public void setOvercommit(long pages) {
        overcommit = pages;
    }

    @Override
    public int sharedMemoryGroup() {
        return group;
    }

    @Override
    public void setSharedMemoryGroup(int gid) {
        group = gid;
    }

    @Override
    public HugePageShare wholePool() {
        return whole;
    }

    @Override
    public HugeFilePages newFile(HugePageShare share) {
        return new HugeFile(memory, this, (HugeShare) share);
    }

    /** set_max_huge_pages(). */
    @Override
    public void setPersistent(long pages) {
        long missing;
        lock.lock();
        try {
            // What is there beyond the number becomes a part of it.
            surplus -= Math.clamp(pages - (total - surplus), 0, surplus);
            missing = pages - (total - surplus);
        } finally {
            lock.unlock();
        }
        if (missing > 0) {
            grow(pages, limitPages());
        } else if (missing < 0) {
            shrink(pages);
        }
    }

    private void grow(long pages, long limit) {
        boolean reclaimed = false;
        while (true) {
            long missing;
            lock.lock();
            try {
                boolean more = total - surplus < pages;
                if (more && takeMemory(1, limit)) {
                    total++;
                    free++;
                    continue;
                }
                missing = more ? pages - (total - surplus) : 0;
            } finally {
                lock.unlock();
            }
            if (missing == 0 || reclaimed) {
                return;
            }
            memory.reclaim(Math.min(missing, limit) * HugePages.PAGES);
            reclaimed = true;
        }
    }

    private void shrink(long pages) {
        long gone;
        lock.lock();
        try {
            long least = Math.max(pages, reserved + total - free);
            gone = Math.clamp(total - surplus - least, 0, free);
            total -= gone;
            free -= gone;
            surplus = Math.max(surplus, total - pages);
        } finally {
            lock.unlock();
        }
        giveMemory(gone);
    }

    /** Huge pages that the limit, or the machine, would have at most. */
    private long limitPages() {
        long bytes = Math.min(memory.limitBytes(), memory.chunks().schedule().machineBytes());
        long pages = bytes >>> Pages.SHIFT;
        return (pages - pages / LEFT_PART) / HugePages.PAGES;
    }

    private boolean takeMemory(long pages, long limit) {
        if (pages > limit) {
            return false;
        }
        boolean taken = memory.limit().tryTake(pages * HugePages.PAGES, limit * HugePages.PAGES);
        used |= taken;
        return taken;
    }

    private void giveMemory(long pages) {
        if (pages > 0) {
            memory.limit().uncharge(pages * HugePages.PAGES);
        }
    }

    @Override
    public HugePageShare newShare(long mostPages, long leastPages) {
        HugeShare share = new HugeShare(this, mostPages, leastPages);
        lock.lock();
        try {
            if (!reserveLocked(share.least())) {
                throw Errno.ENOMEM.exception();
            }
        } finally {
            lock.unlock();
        }
        return share;
    }

    long usedOf(HugeShare share) {
        lock.lock();
        try {
            return share.usedLocked();
        } finally {
            lock.unlock();
        }
    }

    void close(HugeShare share) {
        long gone;
        lock.lock();
        try {
            gone = unreserveLocked(share.closeLocked());
        } finally {
            lock.unlock();
        }
        giveMemory(gone);
    }

    /** Promises pages; false: there are not so many, here or in the share. */
    boolean promise(HugeShare share, long pages) {
        if (pages < 0) {
            throw new IllegalArgumentException("promise of " + pages + " pages");
        }
        lock.lock();
        try {
            long wanted = share.takeLocked(pages);
            if (wanted < 0) {
                return false;
            }
            if (reserveLocked(wanted)) {
                return true;
            }
            share.giveLocked(pages);
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Promises a page again to who has just given it back: if one is free, and none surplus.
     * Source: __unmap_hugepage_range().
     */
    boolean promiseAgain(HugeShare share) {
        lock.lock();
        try {
            long wanted = surplus > 0 ? -1 : share.takeLocked(1);
            if (wanted > 0 && free <= reserved) {
                share.giveLocked(1);
                return false;
            }
            reserved += Math.max(0, wanted);
            return wanted >= 0;
        } finally {
            lock.unlock();
        }
    }

    /** Takes promises of pages back that nobody has got. */
    void forgo(HugeShare share, long pages) {
        if (pages <= 0) {
            return;
        }
        long gone;
        lock.lock();
        try {
            gone = unreserveLocked(share.giveLocked(pages));
        } finally {
            lock.unlock();
        }
        giveMemory(gone);
    }

    /** gather_surplus_pages(): what is not free is made, all of it or nothing. */
    private boolean reserveLocked(long pages) {
        long missing = reserved + pages - free;
        if (missing > 0) {
            if (surplus + missing > overcommit || !takeMemory(missing, limitPages())) {
                return false;
            }
            total += missing;
            surplus += missing;
            free += missing;
        }
        reserved += pages;
        return true;
    }

    /** return_unused_surplus_pages(): how many are not in the pool any more. */
    private long unreserveLocked(long pages) {
        reserved -= pages;
        long gone = Math.min(pages, surplus);
        total -= gone;
        free -= gone;
        surplus -= gone;
        return gone;
    }

    /**
     * A page of zeros with one reference on each of its small pages: its offset in the memory file,
     * or {@link #NONE}.
     *
     * @param promised whether one was promised, so that there is one
     * @throws dev.moat.abi.ErrnoException ENOMEM: the host refuses to grow the memory file
     */
    long take(HugeShare share, boolean promised) {
        // One that is kept for the share is reserved as one that was promised.
        long wanted;
        lock.lock();
        try {
            wanted = promised ? 0 : share.takeLocked(1);
            if (wanted < 0 || wanted > 0 && !makeAvailableLocked()) {
                if (wanted > 0) {
                    share.giveLocked(1);
                }
                return NONE;
            }
            free--;
            reserved -= wanted == 0 ? 1 : 0;
        } finally {
            lock.unlock();
        }
        try {
            long offset = memory.chunks().takeFrame();
            if (share.isLimited()) {
                lock.lock();
                try {
                    shares.put(offset >>> HugePages.SHIFT, share);
                } finally {
                    lock.unlock();
                }
            }
            return offset;
        } catch (ErrnoException e) {
            long gone;
            lock.lock();
            try {
                reserved += promised ? 1 : 0;
                gone = freedLocked(promised ? null : share);
            } finally {
                lock.unlock();
            }
            giveMemory(gone);
            throw e;
        }
    }

    private boolean makeAvailableLocked() {
        if (free > reserved) {
            return true;
        }
        if (surplus >= overcommit || !takeMemory(1, limitPages())) {
            return false;
        }
        total++;
        surplus++;
        free++;
        return true;
    }

    /** Pages of the memory file that nobody refers to any more: free_huge_folio(). */
    void freed(LongRangeSet frames) {
        long gone = 0;
        lock.lock();
        try {
            for (int i = 0; i < frames.size(); i++) {
                for (long frame = frames.start(i); frame < frames.end(i); frame++) {
                    gone += freedLocked(shares.remove(frame));
                }
            }
        } finally {
            lock.unlock();
        }
        giveMemory(gone);
    }

    /** Unlike in Linux a surplus page stays if it is promised: there is memory for each promise. */
    private long freedLocked(@Nullable HugeShare share) {
        if (share != null && share.giveLocked(1) == 0) {
            reserved++;
        }
        if (surplus > 0 && free >= reserved) {
            surplus--;
            total--;
            return 1;
        }
        free++;
        return 0;
    }
}
