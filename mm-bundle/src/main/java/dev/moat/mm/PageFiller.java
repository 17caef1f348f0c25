package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePager;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;

/**
 * Makes absent pages of a file present: from what is behind the file, or as zeros; and cleans dirty
 * ones.
 */
@Stateful
final class PageFiller {
    private static final long FIRST_READ_PAGES = 32;
    private static final long MAX_READ_PAGES = 256;
    private static final long FIRST_ZERO_PAGES = 4;
    private static final long MAX_ZERO_PAGES = 512;

    private final PagedFile file;

    /**
     * One fill or clean at a time, so that two never write to one page; held during the pager's
     * I/O.
     */
    private final RankedLock io = new RankedLock(LockRank.FILE_PAGES);

    /** Hints for sequential use; guarded by {@link #io}. */
    private long nextPage = -1;

    private long windowPages;

    PageFiller(PagedFile file) {
        this.file = file;
    }

    /**
     * Makes {@code page} present, and others from its neighbourhood up to {@code high} that may be
     * needed next. Does nothing if the page is behind the end of the file.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM, ENOSPC; what the pager gives
     */
    void fill(long page, long high) {
        io.lock();
        try {
            FilePager pager = file.pager;
            if (pager == null) {
                zeroLocked(page, high);
            } else {
                readLocked(pager, page);
            }
        } finally {
            io.unlock();
        }
    }

    private void zeroLocked(long page, long high) {
        windowPages = window(page, FIRST_ZERO_PAGES, MAX_ZERO_PAGES);
        long wanted = Math.min(page + windowPages, Math.min(high, file.sizePages()));
        long to = Math.max(page + 1, wanted);
        if (to - page > 1 && file.memory.limit().isTight(windowPages)) {
            to = page + 1;
        }
        nextPage = to;
        if (!allocate(page, to)) {
            allocate(page, page + 1);
        }
    }

    private long window(long page, long first, long max) {
        return page == nextPage ? Math.min(max, windowPages * 2) : first;
    }

    /** Makes all absent pages of {@code [from, to)} present as zeros: fallocate(2). */
    void reserve(long from, long to) {
        io.lock();
        try {
            for (long at = from; at < to; at += MAX_ZERO_PAGES) {
                long end = Math.min(to, at + MAX_ZERO_PAGES);
                if (!allocate(at, end)) {
                    // One by one: the page that is too much says which limit it met.
                    for (long page = at; page < end; page++) {
                        allocate(page, page + 1);
                    }
                }
            }
        } finally {
            io.unlock();
        }
    }

    /**
     * Makes absent pages present as zeros; false if memory does not suffice for all of several.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM, ENOSPC if it does not suffice for one
     */
    private boolean allocate(long from, long to) {
        long charged = to - from;
        try {
            file.memory.chargeFile(file.quota, charged);
        } catch (ErrnoException e) {
            if (charged > 1) {
                return false;
            }
            throw e;
        }
        long used = 0;
        long stamp = file.lock.writeLock();
        try {
            for (long page = from; page < to; page++) {
                Extent extent = file.extents.make(page, Math.max(file.sizePages(), to));
                if (!extent.has(page)) {
                    file.extents.markPresent(extent, page, page + 1);
                    used++;
                }
            }
        } finally {
            file.lock.unlockWrite(stamp);
            file.memory.unchargeFile(file.quota, charged - used);
        }
        return true;
    }

    private void readLocked(FilePager pager, long page) {
        windowPages = window(page, FIRST_READ_PAGES, MAX_READ_PAGES);
        long from = page == nextPage ? page : page & -windowPages;
        long to = from + windowPages;
        Extent extent;
        long stamp = file.lock.writeLock();
        try {
            if (page >= file.sizePages()) {
                return;
            }
            extent = file.extents.make(page, file.sizePages());
            if (extent.has(page)) {
                return;
            }
            int bit = (int) (page - extent.firstPage);
            from = Math.max(from, extent.firstPage + extent.present.previousSetBit(bit) + 1);
            to = Math.min(Math.min(to, extent.nextPresent(page)), file.sizePages());
            file.chunks.retain(extent.memoryOf(from), (to - from) << Pages.SHIFT);
        } finally {
            file.lock.unlockWrite(stamp);
        }
        nextPage = to;
        try {
            readExtent(pager, extent, from, to);
        } finally {
            file.chunks.release(extent.memoryOf(from), (to - from) << Pages.SHIFT);
        }
    }

    private void readExtent(FilePager pager, Extent extent, long from, long to) {
        file.memory.chargeFile(file.quota, to - from);
        boolean used = false;
        try {
            pager.fill(
                    from << Pages.SHIFT,
                    file.chunks.segment(extent.memoryOf(from), (to - from) << Pages.SHIFT));
            used = publish(extent, from, to);
        } finally {
            if (!used) {
                file.memory.unchargeFile(file.quota, to - from);
            }
        }
    }

    /**
     * Shows what was read, unless the file was truncated meanwhile: then the space belongs to it no
     * more.
     */
    private boolean publish(Extent extent, long from, long to) {
        long stamp = file.lock.writeLock();
        try {
            if (file.extents.find(from) != extent || to > file.sizePages()) {
                return false;
            }
            file.extents.markPresent(extent, from, to);
            return true;
        } finally {
            file.lock.unlockWrite(stamp);
        }
    }

    /**
     * Writes dirty pages of {@code [from, to)} back. What guests may write at any time stays dirty.
     */
    void clean(FilePager pager, long from, long to) {
        io.lock();
        try {
            long at = from;
            while (at < to) {
                at = cleanRun(pager, at, to);
            }
        } finally {
            io.unlock();
        }
    }

    private long cleanRun(FilePager pager, long from, long to) {
        long start = -1;
        long end = -1;
        long memoryOffset = 0;
        long stamp = file.lock.writeLock();
        try {
            for (int i = 0; i < file.extents.size() && start < 0; i++) {
                Extent extent = file.extents.at(i);
                if (extent.endPage() <= from) {
                    continue;
                }
                int first = extent.dirty.nextSetBit((int) Math.max(0, from - extent.firstPage));
                if (first < 0) {
                    continue;
                }
                start = extent.firstPage + first;
                end =
                        Math.min(
                                to,
                                extent.firstPage
                                        + Math.min(extent.pages, extent.dirty.nextClearBit(first)));
                if (start >= to) {
                    return to;
                }
                memoryOffset = extent.memoryOf(start);
                if (!file.mappers.hasWriters()) {
                    extent.dirty.clear(first, (int) (end - extent.firstPage));
                }
                file.chunks.retain(memoryOffset, (end - start) << Pages.SHIFT);
            }
        } finally {
            file.lock.unlockWrite(stamp);
        }
        if (start < 0) {
            return to;
        }
        long length = (end - start) << Pages.SHIFT;
        try {
            MemorySegment content = file.chunks.segment(memoryOffset, length);
            pager.clean(start << Pages.SHIFT, content);
        } finally {
            file.chunks.release(memoryOffset, length);
        }
        return end;
    }
}
