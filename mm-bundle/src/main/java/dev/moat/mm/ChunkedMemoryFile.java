package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.MemoryFile;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import dev.moat.lib.range.LongRangeSet;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The memory file: a memfd in chunks, a reference count per page, and beside each count whether the
 * page is charged to the sandbox' limit. Space in the file is no memory: files and address spaces
 * take ranges ahead of use to stay contiguous, and charge pages when they own them.
 */
@Stateful
final class ChunkedMemoryFile implements MemoryFile, Suspendable, Reopenable {
    private static final long CHUNK_PAGES = CHUNK_BYTES >>> Pages.SHIFT;
    private static final int CHUNK_SHIFT = Long.numberOfTrailingZeros(CHUNK_BYTES);
    private static final int PAGE_IN_CHUNK = (int) CHUNK_PAGES - 1;

    /**
     * Space is scarce when this much more than what is used has been taken: see {@link #isScarce}.
     */
    private static final long MAX_WASTE_FACTOR = 4;

    /** Set in an offset: the host has the pages in memory. */
    private static final long COMMITTED = 1;

    private final HostMemory host;
    private final HostPages hostPages;
    private final TrimSchedule trims;
    private final MemoryLimit limit;

    /** Guarded by lock. */
    private PageOwners owners = new PageOwners();

    private final String name;

    @HostBound("a new one of the same size, which the checkpoint fills")
    private int fd;

    /** Whether mappings of the file may get huge pages. */
    @HostBound("asked for with the new file")
    private boolean huge;

    /** Told of its pages when nobody refers to them any more; null in a file of its own. */
    private @Nullable HugePool hugePool;

    private final RankedLock lock = new RankedLock(LockRank.MEMORY_FILE);

    /** Guarded by the lock. */
    private final FreeSpace free = new FreeSpace(CHUNK_PAGES);

    /** Guarded by the lock. */
    @HostBound("by this host's clock")
    private Demand demand;

    /** Whether {@link #trimIdle} will be called; guarded by the lock. */
    private boolean lookPending;

    /** Held while {@link #trimIdle} works, so that {@link #close} waits for it; taken first. */
    private final ReentrantLock trimming = new ReentrantLock();

    /** Guarded by {@link #trimming}. */
    private boolean closed;

    /** Guarded by {@link #trimming}. */
    private boolean suspended;

    /** First page never taken; guarded by the lock. */
    private long top;

    /** Views of the chunks; replaced as a whole under the lock, read without it. */
    @HostBound("mapped again")
    private volatile MemorySegment[] chunks = new MemorySegment[0];

    /**
     * Reference counts by chunk; replaced as a whole under the lock, elements changed under the
     * lock.
     */
    private volatile int[][] counts = new int[0][];

    ChunkedMemoryFile(
            HostMemory host,
            HostPages hostPages,
            TrimSchedule trims,
            String name,
            MemoryLimit limit) {
        this.host = host;
        this.hostPages = hostPages;
        this.trims = trims;
        this.demand = new Demand(trims.nowNs());
        this.limit = limit;
        this.name = name;
        create();
    }

    private void create() {
        NewMemoryFile made = NewMemoryFile.make(host, hostPages, name);
        huge = made.huge();
        fd = made.fd();
    }

    /** Called before any page is taken for it, and where an earlier revision had none. */
    void setHugePool(HugePool pool) {
        hugePool = pool;
    }

    TrimSchedule schedule() {
        return trims;
    }

    @Override
    public Stage stage() {
        return Stage.MEMORY;
    }

    /** Offsets are those of the old file: page tables hold them. */
    @Override
    public void reopen(Restoration restoration) {
        // older files tell of none
        owners = Objects.requireNonNullElseGet(owners, PageOwners::new);
        create();
        demand = new Demand(trims.nowNs());
        HostResult.orThrow(host.resize(fd, (long) counts.length << CHUNK_SHIFT));
        MemorySegment[] views = new MemorySegment[counts.length];
        for (int i = 0; i < views.length; i++) {
            views[i] = mapChunk(i);
        }
        chunks = views;
    }

    @Override
    public int hostFd() {
        return fd;
    }

    @Override
    public long allocate(long lengthBytes) {
        long pages = lengthBytes >>> Pages.SHIFT;
        limit.charge(pages);
        long offset;
        try {
            offset = take(pages, Content.ZERO);
        } catch (RuntimeException e) {
            limit.giveBack(pages);
            throw e;
        }
        markCharged(offset, lengthBytes, PageOwners.Kind.ANONYMOUS);
        return offset;
    }

    /** What must be in pages that are taken. */
    enum Content {
        /** They read as zeros. */
        ZERO,
        /** The taker overwrites every byte before anybody else sees the pages. */
        ANY
    }

    /**
     * Takes space, contiguous and within one chunk, with one reference per page; charges nothing.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM if the host refuses to grow the file, EINVAL for a
     *     size that no chunk has
     */
    long take(long pages, Content content) {
        return Pages.floor(content == Content.ZERO ? takeZeroed(pages) : takeAny(pages));
    }

    /** {@link #take} of zeros; the offset tells {@link #isCommitted}. */
    long takeZeroed(long pages) {
        long taken = takeAny(pages);
        if (isCommitted(taken)) {
            segment(Pages.floor(taken), pages << Pages.SHIFT).fill((byte) 0);
        }
        return taken;
    }

    /**
     * {@link #takeZeroed} of pages that will all be touched: the host has them in memory
     * afterwards, if it can. Written by host calls they cost half of what the faults cost that make
     * them.
     */
    long takeCommitted(long pages) {
        long taken = takeZeroed(pages);
        return isCommitted(taken) || Zeros.write(hostPages, fd, taken, pages << Pages.SHIFT)
                ? taken | COMMITTED
                : taken;
    }

    /** {@link #takeCommitted} of one huge page, if the host has one to give, or as many others. */
    long takeHuge() {
        long taken;
        lock.lock();
        try {
            demand.took(HugePages.PAGES, trims.nowNs());
            long page = free.takeClean(HugePages.PAGES, HugePages.PAGES);
            if (page < 0) {
                long aligned = (top + HugePages.PAGES - 1) & -HugePages.PAGES;
                free.addClean(top, aligned);
                top = aligned;
                page = takeFromTopLocked(HugePages.PAGES);
            }
            taken = referLocked(page, HugePages.PAGES);
        } finally {
            lock.unlock();
        }
        return HugePages.make(host, segment(taken, HugePages.BYTES)) ? taken | COMMITTED : taken;
    }

    /** {@link #takeHuge} for the pool of hugetlbfs, with all its zeros; the offset is plain. */
    long takeFrame() {
        long page;
        lock.lock();
        try {
            page = free.takeDirty(HugePages.PAGES, HugePages.PAGES);
            if (page >= 0) {
                demand.took(HugePages.PAGES, trims.nowNs());
                referLocked(page, HugePages.PAGES);
            }
        } finally {
            lock.unlock();
        }
        long offset = page >= 0 ? page << Pages.SHIFT : Pages.floor(takeHuge());
        if (page >= 0) {
            segment(offset, HugePages.BYTES).fill((byte) 0);
        }
        // nobody else has them yet
        int[] chunk = counts[chunkOf(offset)];
        PageReferences.mark(chunk, pageInChunk(offset), HugePages.PAGES, PageReferences.HUGE);
        return offset;
    }

    @Override
    public boolean hasHugePages() {
        return huge;
    }

    /** Whether the host had, or has now, all the pages at an offset that was just taken. */
    static boolean isCommitted(long taken) {
        return (taken & COMMITTED) != 0;
    }

    /**
     * {@link #take} without clearing; {@link #COMMITTED} is set in the offset if the host has the
     * pages already.
     */
    private long takeAny(long pages) {
        if (pages <= 0 || pages > CHUNK_PAGES) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            demand.took(pages, trims.nowNs());
            long page = free.takeDirty(pages);
            long committed = page >= 0 ? COMMITTED : 0;
            if (page < 0) {
                page = free.takeClean(pages);
            }
            if (page < 0) {
                page = takeFromTopLocked(pages);
            }
            return referLocked(page, pages) | committed;
        } finally {
            lock.unlock();
        }
    }

    /** The first reference on pages that were just taken; their offset. */
    private long referLocked(long page, long pages) {
        int first = (int) page & PAGE_IN_CHUNK;
        Arrays.fill(counts[chunkOfPage(page)], first, first + (int) pages, 1);
        return page << Pages.SHIFT;
    }

    /** Takes space as {@link #take}, to be filled with a copy. */
    PageCopy copy(long pages) {
        return new PageCopy(this, hostPages, takeAny(pages));
    }

    /**
     * Whether so much more space than memory was taken that only single pages should be: a guest
     * that keeps one page of each window would make the file, and the counts, grow without bounds.
     */
    boolean isScarce() {
        lock.lock();
        try {
            return top > (limit.usedPages() + CHUNK_PAGES) * MAX_WASTE_FACTOR;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Marks pages as counted against the limit; the caller has charged them. They uncharge
     * themselves when freed.
     */
    void markCharged(long offset, long lengthBytes, PageOwners.Kind kind) {
        lock.lock();
        try {
            int first = pageInChunk(offset);
            int pages = (int) (lengthBytes >>> Pages.SHIFT);
            PageReferences.mark(counts[chunkOf(offset)], first, pages, PageReferences.CHARGED);
            owners.mark(chunkOf(offset), first, pages, kind);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void retain(long offset, long lengthBytes) {
        lock.lock();
        try {
            int pages = (int) (lengthBytes >>> Pages.SHIFT);
            PageReferences.retain(counts[chunkOf(offset)], pageInChunk(offset), pages);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(long offset, long lengthBytes) {
        boolean punch = false;
        boolean look = false;
        long uncharged;
        HugePool pool = hugePool;
        LongRangeSet frames = pool != null && pool.isUsed() ? new LongRangeSet() : null;
        lock.lock();
        try {
            uncharged = releaseLocked(offset, lengthBytes, frames);
            if (free.excessDirty(limit.usedPages(), 0) > 0) {
                punch = free.excessDirty(limit.usedPages(), wantedLocked()) > 0;
                look = !punch && !lookPending;
                lookPending |= look;
            }
        } finally {
            lock.unlock();
        }
        if (look) {
            trims.lookLater(this);
        }
        if (pool != null && frames != null && !frames.isEmpty()) {
            pool.freed(frames);
        }
        if (uncharged > 0) {
            limit.uncharge(uncharged);
        }
        if (punch) {
            punchDirty();
        }
    }

    private long releaseLocked(long offset, long lengthBytes, @Nullable LongRangeSet frames) {
        int[] chunk = counts[chunkOf(offset)];
        int first = pageInChunk(offset);
        int end = first + (int) (lengthBytes >>> Pages.SHIFT);
        long base = (offset >>> Pages.SHIFT) - first;
        long uncharged = 0;
        int freeFrom = -1;
        for (int i = first; i < end; i++) {
            int count = chunk[i] - 1;
            assert PageReferences.isValid(count) : "page released too often";
            if (PageReferences.isAny(count)) {
                chunk[i] = count;
                if (freeFrom >= 0) {
                    free.addDirty(base + freeFrom, base + i);
                    freeFrom = -1;
                }
                continue;
            }
            uncharged += count >>> 30;
            if (owners.isUsed()) {
                owners.clear(chunkOf(offset), i);
            }
            chunk[i] = 0;
            if (frames != null && (count & PageReferences.HUGE) != 0) {
                long frame = HugeFrames.of(base + i);
                frames.add(frame, frame + 1);
            }
            if (freeFrom < 0) {
                freeFrom = i;
            }
        }
        if (freeFrom >= 0) {
            free.addDirty(base + freeFrom, base + end);
        }
        if (frames != null) {
            HugeFrames.keepFree(frames, chunk, base);
        }
        return uncharged;
    }

    /** Pages to keep for what is going on; none that would count beyond a limit. */
    private long wantedLocked() {
        return Math.min(demand.recentPages(trims.nowNs()), limit.freePages());
    }

    /** Gives back what was kept for a demand that has ended, or has another look later. */
    void trimIdle() {
        trimming.lock();
        try {
            if (closed || suspended) {
                return;
            }
            boolean again;
            lock.lock();
            try {
                again = demand.recentPages(trims.nowNs()) > 0;
                lookPending = again;
            } finally {
                lock.unlock();
            }
            if (again) {
                trims.lookLater(this);
            } else {
                punchDirty();
            }
        } finally {
            trimming.unlock();
        }
    }

    /** From here on no thread but the tasks' own touches the file. */
    @Override
    public void suspend() {
        trimming.lock();
        suspended = true;
        trimming.unlock();
    }

    @Override
    public void resume() {
        trimming.lock();
        suspended = false;
        trimming.unlock();
        lock.lock();
        // a look that was asked for may have come meanwhile, in vain
        lookPending = false;
        lock.unlock();
    }

    /** Gives dirty pages back to the host; they are in nobody's list meanwhile. */
    private void punchDirty() {
        LongRangeSet ranges;
        lock.lock();
        try {
            ranges = free.removeDirty(free.excessDirty(limit.usedPages(), wantedLocked()));
        } finally {
            lock.unlock();
        }
        for (int i = 0; i < ranges.size(); i++) {
            long start = ranges.start(i);
            long end = ranges.end(i);
            int result = host.punchHole(fd, start << Pages.SHIFT, (end - start) << Pages.SHIFT);
            lock.lock();
            try {
                if (HostResult.failed(result)) {
                    free.addDirty(start, end);
                } else {
                    free.addClean(start, end);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Zeroes pages that only the caller holds and gives their host memory back. */
    void clearInPlace(long offset, long lengthBytes) {
        if (HostResult.failed(host.punchHole(fd, offset, lengthBytes))) {
            segment(offset, lengthBytes).fill((byte) 0);
        }
    }

    @Override
    public boolean isExclusive(long offset, long lengthBytes) {
        int pages = (int) (lengthBytes >>> Pages.SHIFT);
        return PageReferences.areSingle(counts[chunkOf(offset)], pageInChunk(offset), pages);
    }

    /** Number of references on one page; exact only if the caller keeps others from changing it. */
    int references(long offset) {
        return PageReferences.of(counts[chunkOf(offset)], pageInChunk(offset));
    }

    @Override
    public MemorySegment segment(long offset, long lengthBytes) {
        return chunk(offset).asSlice(offset & (CHUNK_BYTES - 1), lengthBytes);
    }

    @Override
    public MemorySegment chunk(long offset) {
        return chunks[(int) (offset >>> CHUNK_SHIFT)];
    }

    @Override
    public long usedBytes() {
        return limit.usedPages() << Pages.SHIFT;
    }

    @Override
    public void visitUsed(RangeVisitor visitor) {
        UsedPages.visit(counts, visitor);
    }

    /** Which pages of a range occupy host memory: bit 0 of each byte. */
    void residency(long offset, long lengthBytes, byte[] vector) {
        if (HostResult.failed(host.residency(segment(offset, lengthBytes), vector))) {
            Arrays.fill(vector, (byte) 1);
        }
    }

    /** Ends all views; no guest of the sandbox runs any more. */
    void close() {
        trimming.lock();
        closed = true;
        trimming.unlock();
        MemorySegment[] views;
        lock.lock();
        try {
            views = chunks;
            chunks = new MemorySegment[0];
        } finally {
            lock.unlock();
        }
        for (MemorySegment view : views) {
            host.unmap(view);
        }
        closeFd();
    }

    private void closeFd() {
        hostPages.close(fd);
    }

    private long takeFromTopLocked(long pages) {
        long inChunk = top & (CHUNK_PAGES - 1);
        if (inChunk != 0 && inChunk + pages > CHUNK_PAGES) {
            long border = top - inChunk + CHUNK_PAGES;
            free.addClean(top, border);
            top = border;
        }
        if (chunkOfPage(top) == chunks.length) {
            addChunkLocked();
        }
        long page = top;
        top += pages;
        return page;
    }

    private void addChunkLocked() {
        MemorySegment[] oldChunks = chunks;
        int index = oldChunks.length;
        long offset = (long) index << CHUNK_SHIFT;
        if (HostResult.failed(host.resize(fd, offset + CHUNK_BYTES))) {
            throw Errno.ENOMEM.exception();
        }
        MemorySegment view = mapChunk(index);
        int[][] newCounts = Arrays.copyOf(counts, index + 1);
        newCounts[index] = new int[(int) CHUNK_PAGES];
        counts = newCounts;
        MemorySegment[] newChunks = Arrays.copyOf(oldChunks, index + 1);
        newChunks[index] = view;
        chunks = newChunks;
    }

    private MemorySegment mapChunk(int index) {
        return host.map(
                fd,
                (long) index << CHUNK_SHIFT,
                CHUNK_BYTES,
                MemoryFlags.PROT_READ | MemoryFlags.PROT_WRITE);
    }

    private static int chunkOf(long offset) {
        return (int) (offset >>> CHUNK_SHIFT);
    }

    private static int chunkOfPage(long page) {
        return (int) (page / CHUNK_PAGES);
    }

    private static int pageInChunk(long offset) {
        return (int) (offset >>> Pages.SHIFT) & PAGE_IN_CHUNK;
    }
}
