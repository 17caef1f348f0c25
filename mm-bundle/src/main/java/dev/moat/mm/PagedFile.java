package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedStampedLock;
import dev.moat.api.mm.CachedPages;
import dev.moat.api.mm.FilePager;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.mm.ServedPages;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link FilePages}: sparse pages in extents of the memory file. Copies run under the file's lock,
 * but only to and from resident guest pages; a fault is resolved without the lock and the copy goes
 * on, because the page that is missing may be one of this very file.
 */
@Stateful
final class PagedFile implements FilePages {
    private final long id;
    final KernelMemory memory;
    final ChunkedMemoryFile chunks;
    final PageQuota quota;
    final @Nullable FilePager pager;

    /** Guards everything below. */
    final RankedStampedLock lock = new RankedStampedLock(LockRank.FILE_PAGES);

    final Extents extents;
    final FileMappers mappers = new FileMappers();
    final PageFiller filler;
    private final FileCopier copier;

    /** mbind(2) of what maps it; null: never. */
    @Nullable SharedPolicies policies;

    /** Changed under the lock; volatile for {@link #sizeBytes} without it. */
    private volatile long size;

    private boolean closed;

    /**
     * Whether platforms may have changed copies of pages. Volatile: set under the lock, looked at
     * after each write.
     */
    private volatile boolean patched;

    PagedFile(KernelMemory memory, PageQuota quota, @Nullable FilePager pager, long size) {
        this.id = memory.newId();
        this.memory = memory;
        this.chunks = memory.chunks();
        this.quota = quota;
        this.pager = pager;
        this.size = size;
        this.extents = new Extents(chunks);
        this.filler = new PageFiller(this);
        this.copier = new FileCopier(this);
    }

    @Override
    public long mappableId() {
        return id;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    /** Whether its owner puts the pages in. */
    boolean isServed() {
        return pager == NoPager.INSTANCE;
    }

    @Override
    public ServedPages served() {
        return isServed() ? new ServedContent(this) : FilePages.super.served();
    }

    long sizePages() {
        return (size + Pages.MASK) >>> Pages.SHIFT;
    }

    /**
     * Before a write at {@code fileOffset}, under the write lock: what a mapping wrote behind the
     * end must not appear in the gap.
     */
    void beforeWriteLocked(long fileOffset) {
        if (fileOffset > size) {
            zeroLocked(size, Math.min(fileOffset, Pages.ceil(size)));
        }
    }

    /** After a write up to {@code end}, under the write lock. */
    void afterWriteLocked(long end) {
        if (end > size) {
            size = end;
        }
    }

    @Override
    public long read(long fileOffset, IoBuffer target) {
        if (fileOffset < 0) {
            throw Errno.EINVAL.exception();
        }
        return copier.read(fileOffset, target);
    }

    @Override
    public long write(long fileOffset, IoBuffer source) {
        if (fileOffset < 0) {
            throw Errno.EINVAL.exception();
        }
        try {
            return copier.write(fileOffset, source);
        } finally {
            afterChange();
        }
    }

    /**
     * Before a platform copies a page: whoever changes one afterwards has it dropped. False if
     * guests write whenever they like.
     */
    boolean beginPatching() {
        long stamp = lock.writeLock();
        try {
            if (mappers.hasWriters()) {
                return false;
            }
            patched = true;
            return true;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** After a change of content: changed copies are dropped. Without locks of address spaces. */
    void afterChange() {
        if (!patched) {
            return;
        }
        List<Mapper> told;
        long stamp = lock.writeLock();
        try {
            patched = false;
            told = mappers.copy();
        } finally {
            lock.unlockWrite(stamp);
        }
        for (Mapper mapper : told) {
            mapper.invalidate(this, 0, Long.MAX_VALUE, false);
        }
    }

    @Override
    public void truncate(long newSizeBytes) {
        if (newSizeBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        RunList removed = new RunList();
        long firstGone = (newSizeBytes + Pages.MASK) >>> Pages.SHIFT;
        long count = 0;
        List<Mapper> told = List.of();
        long stamp = lock.writeLock();
        try {
            if (newSizeBytes <= size) {
                // of the same size, too: there may be pages behind the end, FALLOC_FL_KEEP_SIZE
                count = extents.remove(firstGone, Long.MAX_VALUE, removed);
                zeroTailLocked(newSizeBytes);
                told = mappers.copy();
                size = newSizeBytes;
            } else {
                zeroTailLocked(size);
                size = newSizeBytes;
            }
        } finally {
            lock.unlockWrite(stamp);
        }
        for (Mapper mapper : told) {
            mapper.invalidate(this, firstGone << Pages.SHIFT, Long.MAX_VALUE, true);
        }
        finishRemoval(List.of(), 0, 0, removed, count);
        afterChange();
    }

    @Override
    public void punch(long fileOffset, long lengthBytes) {
        long end = end(fileOffset, lengthBytes);
        long firstGone = (fileOffset + Pages.MASK) >>> Pages.SHIFT;
        long endGone = end >>> Pages.SHIFT;
        RunList removed = new RunList();
        long count = 0;
        List<Mapper> told = List.of();
        long stamp = lock.writeLock();
        try {
            if (firstGone > endGone) {
                zeroLocked(fileOffset, end);
            } else {
                zeroLocked(fileOffset, firstGone << Pages.SHIFT);
                zeroLocked(endGone << Pages.SHIFT, end);
            }
            if (firstGone < endGone) {
                count = extents.remove(firstGone, endGone, removed);
                told = mappers.copy();
            }
        } finally {
            lock.unlockWrite(stamp);
        }
        finishRemoval(
                told,
                firstGone << Pages.SHIFT,
                (endGone - firstGone) << Pages.SHIFT,
                removed,
                count);
        afterChange();
    }

    @Override
    public void drop(long fileOffset, long lengthBytes) {
        long from = fileOffset >>> Pages.SHIFT;
        long to = (end(fileOffset, lengthBytes) + Pages.MASK) >>> Pages.SHIFT;
        RunList removed = new RunList();
        List<Mapper> told;
        long count = 0;
        long stamp = lock.writeLock();
        try {
            told = mappers.copy();
            for (long page = extents.nextPresent(from);
                    page >= 0 && page < to;
                    page = extents.nextPresent(page + 1)) {
                Extent extent = extents.find(page);
                if (extent != null && !extent.dirty.get((int) (page - extent.firstPage))) {
                    count += extents.remove(page, page + 1, removed);
                }
            }
        } finally {
            lock.unlockWrite(stamp);
        }
        if (!removed.isEmpty()) {
            finishRemoval(told, from << Pages.SHIFT, (to - from) << Pages.SHIFT, removed, count);
        }
    }

    /**
     * Adds a page that is not there yet, as UFFDIO_COPY does; of a file that is memory only.
     *
     * @throws dev.moat.abi.ErrnoException EEXIST: it is there; EFAULT: it is behind the end;
     *     ENOMEM, ENOSPC
     */
    void insert(long fileOffset, MemorySegment content) {
        long page = fileOffset >>> Pages.SHIFT;
        memory.chargeFile(quota, 1);
        boolean used = false;
        long stamp = lock.writeLock();
        try {
            if (page >= sizePages()) {
                throw Errno.EFAULT.exception();
            }
            Extent extent = extents.make(page, sizePages());
            if (extent.has(page)) {
                throw Errno.EEXIST.exception();
            }
            extents.markPresent(extent, page, page + 1);
            chunks.segment(extent.memoryOf(page), Pages.BYTES).copyFrom(content);
            used = true;
        } finally {
            lock.unlockWrite(stamp);
            if (!used) {
                memory.unchargeFile(quota, 1);
            }
        }
    }

    /** Tells the mappers, then lets the pages go. */
    void finishRemoval(
            List<Mapper> told, long fileOffset, long lengthBytes, RunList removed, long count) {
        for (Mapper mapper : told) {
            mapper.invalidate(this, fileOffset, lengthBytes, false);
        }
        removed.release(chunks);
        if (count > 0) {
            quota.uncharge(count);
        }
    }

    @Override
    public void reserve(long fileOffset, long lengthBytes) {
        filler.reserve(
                fileOffset >>> Pages.SHIFT,
                (end(fileOffset, lengthBytes) + Pages.MASK) >>> Pages.SHIFT);
    }

    @Override
    public long seekData(long fileOffset) {
        long stamp = lock.readLock();
        try {
            if (fileOffset < 0 || fileOffset >= size) {
                return -1;
            }
            if (pager != null) {
                return fileOffset;
            }
            long page = extents.nextPresent(fileOffset >>> Pages.SHIFT);
            long found = page < 0 ? -1 : Math.max(fileOffset, page << Pages.SHIFT);
            return found < size ? found : -1;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public long seekHole(long fileOffset) {
        long stamp = lock.readLock();
        try {
            if (fileOffset < 0 || fileOffset >= size) {
                return -1;
            }
            if (pager != null) {
                return size;
            }
            long page = extents.nextAbsent(fileOffset >>> Pages.SHIFT);
            return Math.min(size, Math.max(fileOffset, page << Pages.SHIFT));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public long allocatedBytes() {
        long stamp = lock.readLock();
        try {
            return extents.presentPages() << Pages.SHIFT;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return translateWindow(offset, offset, end(offset, maxBytes), access).translation();
    }

    /** A translation and where in the file it begins. */
    record Window(long fileOffset, Translation translation) {
        static final Window NONE = new Window(0, Translation.NONE);

        /** Somebody has to be asked for the page: {@link Mappable#beginFill}. */
        static final Window AWAITED = new Window(-1, Translation.NONE);
    }

    /**
     * As {@link #translate} for the page at {@code at}, with the pages around it within {@code
     * [low, high)} that are there already.
     */
    Window translateWindow(long low, long at, long high, Access access) {
        long page = at >>> Pages.SHIFT;
        if (access == Access.WRITE) {
            afterChange();
        }
        while (true) {
            boolean markDirty = pager != null && access == Access.WRITE;
            boolean alone = markDirty && isServed();
            long stamp = markDirty ? lock.writeLock() : lock.readLock();
            try {
                if (page >= sizePages()) {
                    return Window.NONE;
                }
                Extent extent = extents.find(page);
                if (extent != null && extent.has(page)) {
                    return alone
                            ? presentWindowLocked(extent, at, page, at + Pages.BYTES, true)
                            : presentWindowLocked(extent, low, page, high, markDirty);
                }
            } finally {
                if (markDirty) {
                    lock.unlockWrite(stamp);
                } else {
                    lock.unlockRead(stamp);
                }
            }
            if (isServed()) {
                return Window.AWAITED;
            }
            filler.fill(page, high >>> Pages.SHIFT);
        }
    }

    private Window presentWindowLocked(
            Extent extent, long low, long page, long high, boolean markDirty) {
        long last = Math.min(Math.min(high >>> Pages.SHIFT, sizePages()), extent.endPage());
        long to = Math.min(last, extent.nextAbsent(page));
        long first = Math.max((low + Pages.MASK) >>> Pages.SHIFT, extent.firstPage);
        int bit = (int) (page - extent.firstPage);
        long from = Math.max(first, extent.firstPage + extent.present.previousClearBit(bit) + 1);
        if (markDirty) {
            extent.dirty.set((int) (from - extent.firstPage), (int) (to - extent.firstPage));
        }
        long length = (to - from) << Pages.SHIFT;
        chunks.retain(extent.memoryOf(from), length);
        return new Window(from << Pages.SHIFT, new Translation(extent.memoryOf(from), length));
    }

    /** Whether a page is there, for mincore(2). */
    boolean isResident(long fileOffset) {
        long stamp = lock.readLock();
        try {
            Extent extent = extents.find(fileOffset >>> Pages.SHIFT);
            return extent != null && extent.has(fileOffset >>> Pages.SHIFT);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** Whether what a page holds is nowhere else: always so in a file that is memory only. */
    boolean isDirty(long fileOffset) {
        if (pager == null) {
            return true;
        }
        long stamp = lock.readLock();
        try {
            long page = fileOffset >>> Pages.SHIFT;
            Extent extent = extents.find(page);
            return extent != null && extent.dirty.get((int) (page - extent.firstPage));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public CachedPages countCached(long offset, long lengthBytes) {
        long from = offset >>> Pages.SHIFT;
        long last = offset + lengthBytes - 1;
        long to = (last < 0 ? Long.MAX_VALUE : last) >>> Pages.SHIFT;
        long present = 0;
        long dirty = 0;
        long stamp = lock.readLock();
        try {
            for (int i = 0; i < extents.size(); i++) {
                Extent extent = extents.at(i);
                if (extent.firstPage <= to && extent.endPage() > from) {
                    Extent part =
                            extent.part(
                                    Math.max(from, extent.firstPage),
                                    Math.min(to + 1, extent.endPage()));
                    present += part.present.cardinality();
                    dirty += pager == null ? 0 : part.dirty.cardinality();
                }
            }
            return new CachedPages(present, dirty);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        long stamp = lock.writeLock();
        try {
            mappers.add(mapper, writableShared);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        RunList removed = new RunList();
        long count = 0;
        long stamp = lock.writeLock();
        try {
            mappers.remove(mapper, writableShared);
            if (closed && mappers.isEmpty()) {
                count = extents.remove(0, Long.MAX_VALUE, removed);
                memory.forgetPages(this);
                SharedPolicies.forgetLocked(this);
            }
        } finally {
            lock.unlockWrite(stamp);
        }
        finishRemoval(List.of(), 0, 0, removed, count);
    }

    @Override
    public boolean isMapped() {
        long stamp = lock.readLock();
        try {
            return !mappers.isEmpty();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public boolean hasWritableMappings() {
        long stamp = lock.readLock();
        try {
            return mappers.hasWriters();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        if (pager != null && !isServed()) {
            filler.clean(
                    pager,
                    offset >>> Pages.SHIFT,
                    (end(offset, lengthBytes) + Pages.MASK) >>> Pages.SHIFT);
        }
    }

    /**
     * Frees clean pages that nobody maps; gives their number. For reclaim: only files with
     * something behind them.
     */
    long reclaim() {
        if (pager == null || isMapped()) {
            return 0;
        }
        long before = allocatedBytes();
        drop(0, sizeBytes());
        return (before - allocatedBytes()) >>> Pages.SHIFT;
    }

    @Override
    public void close() {
        RunList removed = new RunList();
        long count = 0;
        long stamp = lock.writeLock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (mappers.isEmpty()) {
                count = extents.remove(0, Long.MAX_VALUE, removed);
                memory.forgetPages(this);
                SharedPolicies.forgetLocked(this);
            }
        } finally {
            lock.unlockWrite(stamp);
        }
        memory.forget(this);
        finishRemoval(List.of(), 0, 0, removed, count);
    }

    /**
     * Zeroes from {@code from} to the end of its page: what a mapping wrote behind the end must not
     * appear.
     */
    private void zeroTailLocked(long from) {
        zeroLocked(from, Pages.ceil(from));
    }

    private void zeroLocked(long from, long to) {
        if (from >= to) {
            return;
        }
        long page = from >>> Pages.SHIFT;
        Extent extent = extents.find(page);
        if (extent != null && extent.has(page)) {
            chunks.segment(extent.memoryOf(page) + (from & Pages.MASK), to - from).fill((byte) 0);
            if (pager != null && !isServed()) {
                extent.dirty.set((int) (page - extent.firstPage));
            }
        }
    }

    /** End of a range, without overflow. */
    static long end(long offset, long lengthBytes) {
        if (offset < 0 || lengthBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        long end = offset + lengthBytes;
        return end < 0 ? Long.MAX_VALUE & ~Pages.MASK : end;
    }
}
