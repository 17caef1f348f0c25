package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.UFFDIO_REGISTER_MODE_WP;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.lock.RankedStampedLock;
import dev.moat.api.mm.HugePageUse;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager.MemoryLimits;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.platform.Protection;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one guest address space, and the steps that change page table, platform and
 * reference counts together. Methods that end in {@code Locked} need {@link #mapping}.
 */
@Stateful
final class Space implements Mappable.Mapper {
    final long id;
    final KernelMemory memory;
    final ChunkedMemoryFile file;

    /** Where guest code runs. Exchanged while no task runs, as the three below. */
    @HostBound("by a move")
    PlatformSession session;

    @HostBound("by a move")
    AddressSpace platform;

    /** Lowest and first-behind-highest address that guests may map. */
    @HostBound("by a move")
    long low;

    @HostBound("by a move")
    long high;

    /** Guards areas and every change of the page table. */
    final RankedLock mapping = new RankedLock(LockRank.MM_MAPPING);

    /** Guards page entries against kernel accesses: see the package description. */
    final RankedStampedLock pages = new RankedStampedLock(LockRank.MM_PAGES);

    final VmaMap areas = new VmaMap(this);
    final PageTable table = new PageTable();

    /** Top of the area that is searched downwards for mappings; guarded by {@link #mapping}. */
    long mmapBase;

    /** Bounds of the heap; guarded by {@link #mapping}. */
    long breakStart;

    long breakEnd;

    /** Which areas get huge pages; guarded by {@link #mapping}. */
    HugePageUse hugePageUse = HugePageUse.ALLOWED;

    /** mlockall(MCL_FUTURE) is on; guarded by {@link #mapping}. */
    boolean lockFuture;

    /**
     * What is known of pages beside their entries, null: nothing. Guarded by {@link #mapping},
     * changed under {@link #pages}, too.
     */
    private @Nullable PageMarks marks;

    /**
     * Pages are owned when they are touched and no sooner, because somebody asks which ones are:
     * userfaultfd(2). Guarded by {@link #mapping}.
     */
    boolean exact;

    /** Ended: nothing can be mapped any more; guarded by {@link #mapping}. */
    private boolean closed;

    /** What the step under way has to tell of; guarded by {@link #mapping}. */
    private @Nullable List<UserFault> events;

    /** Replaced by the task side; read without the lock. */
    volatile MemoryLimits limits = NoLimits.INSTANCE;

    /**
     * Counts calls of {@link #invalidate}: a translation from before one must not be used; guarded
     * by {@link #mapping}.
     */
    private long invalidations;

    /** Pages that are charged for the nodes of {@link #table}; guarded by {@link #mapping}. */
    private long tablePages;

    private long anonymousPages;
    private long filePages;
    private long peakPages;

    /** Parts of huge pages of the pool, which are of neither kind. */
    private long hugePages;

    private long faults;
    private long majorFaults;

    /** What forks copy ahead; guarded by {@link #mapping}. */
    @Derived("learnt again")
    private @Nullable ForkWindows forkWindows;

    /** Dropped at the end of the step that fills it; guarded by {@link #mapping}. */
    private final RunList dropped = new RunList();

    Space(long id, KernelMemory memory, PlatformSession session, AddressSpace platform) {
        this.id = id;
        this.memory = memory;
        this.file = memory.chunks();
        this.session = session;
        this.platform = platform;
        this.low = session.minUserAddress();
        this.high = Math.min(session.maxUserAddress(), PageTable.END);
        memory.add(this);
    }

    /** Whether {@code [start, start + length)} lies where guests may map. */
    boolean isUserRange(long start, long lengthBytes) {
        return start >= 0 && lengthBytes >= 0 && start <= high && lengthBytes <= high - start;
    }

    ForkWindows forkWindows() {
        ForkWindows known = forkWindows;
        if (known == null) {
            known = new ForkWindows();
            forkWindows = known;
        }
        return known;
    }

    void shareForkWindows(Space parent) {
        forkWindows = parent.forkWindows();
    }

    long invalidationsLocked() {
        return invalidations;
    }

    /** Sets the entries of a range that has none; the references pass to the table. */
    void installLocked(long start, long end, long firstEntry) {
        long stamp = pages.writeLock();
        try {
            table.setRun(start, end, firstEntry);
            applyMarksLocked(start, end);
        } finally {
            pages.unlockWrite(stamp);
        }
        countLocked(firstEntry, (end - start) >>> Pages.SHIFT);
        chargeTableLocked();
    }

    /** Pages that were marked as protected come as such; other marks end when a page comes. */
    private void applyMarksLocked(long start, long end) {
        if (marks == null) {
            return;
        }
        marks.forEach(
                start,
                end,
                PageMarks.PROTECTED,
                (from, to) -> table.changeFlags(from, to, Pte.WRITE, Pte.PROTECTED));
        if (marks.intersects(start, end, PageMarks.LASTING)) {
            marks.change(start, end, PageMarks.LASTING, 0);
        }
    }

    /** Whether something is known of a page of the range beside its entry. */
    boolean isMarkedLocked(long start, long end) {
        return marks != null && marks.intersects(start, end, PageMarks.ALL);
    }

    /** Lowest address from which on pages up to {@code page} may come together with it. */
    long firstFreeLocked(long start, long page) {
        return marks == null ? start : marks.firstUnmarked(start, page, PageMarks.LASTING);
    }

    /** End of what may come together with {@code page}, which has no entry. */
    long endOfFreeLocked(long page, long end) {
        long present = table.nextPresent(page, end);
        return marks == null ? present : marks.nextMarked(page, present, PageMarks.LASTING);
    }

    /** Marks of a page without entry: {@link PageMarks}. */
    int marksLocked(long page) {
        return marks == null ? 0 : marks.get(page);
    }

    /** Marks of a range that are among {@code kept}, for another space or place. */
    void copyMarksLocked(long start, long end, Space target, long distance, int kept) {
        if (marks != null && marks.intersects(start, end, kept)) {
            if (target.marks == null) {
                target.marks = new PageMarks();
            }
            marks.copyTo(target.marks, start, end, distance, kept);
            target.chargeTableLocked();
        }
    }

    /** Changes marks of a range; entries stay as they are. */
    void changeMarksLocked(long start, long end, int clear, int set) {
        if (marks == null && set == 0) {
            return;
        }
        if (marks == null) {
            marks = new PageMarks();
        }
        marks.change(start, end, clear, set);
        chargeTableLocked();
    }

    /** ENOMEM if a call has made too many of them. */
    void checkMarksLocked() {
        if (marks != null && !marks.hasRoom()) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** Throws the pages of a part of an area away: MADV_DONTNEED. */
    void discardLocked(Vma area, long start, long end) {
        // What is protected in a file stays so: zap_install_uffd_wp_if_needed, mm/memory.c.
        boolean keeps = area.file != null && area.isRegistered(UFFDIO_REGISTER_MODE_WP);
        int gone = keeps ? PageMarks.POISONED : PageMarks.POISONED | PageMarks.PROTECTED;
        changeMarksLocked(start, end, gone, 0);
        dropLocked(start, end, Drop.EVERYTHING);
    }

    /** Notes that a process must be told of something once the step under way is done. */
    void tellLater(UserFault event) {
        if (events == null) {
            events = new ArrayList<>();
        }
        events.add(event);
    }

    /** What {@link #awaitTold} waits for, after the mapping lock. */
    List<UserFault> takeEventsLocked() {
        List<UserFault> taken = events == null ? List.of() : events;
        events = null;
        return taken;
    }

    /** Waits until processes have read what they are told, or nobody will; without locks. */
    void awaitTold(List<UserFault> told) {
        for (UserFault event : told) {
            if (event instanceof UserfaultEvent) {
                memory.waiter().await(event.queue(), event::isOver);
            } else {
                memory.waiter().linger(event.queue(), event::isOver);
            }
            event.end();
        }
    }

    @Override
    public void awaitLater(UserFault event) {
        tellLater(event);
    }

    boolean isClosedLocked() {
        return closed;
    }

    /**
     * The table counts as memory, as page tables do: else a sparse guest could exhaust the kernel
     * host.
     */
    private void chargeTableLocked() {
        long marked = marks == null ? 0 : marks.bytes();
        long pages = (table.nodeBytes() + marked) >>> Pages.SHIFT;
        if (pages > tablePages) {
            memory.limit().chargeAnyway(pages - tablePages);
        } else if (pages < tablePages) {
            memory.limit().uncharge(tablePages - pages);
        }
        tablePages = pages;
    }

    /**
     * Replaces the entries of a range; the old pages are dropped by the next {@link
     * #releaseDroppedLocked}.
     */
    void replaceLocked(long start, long end, long firstEntry) {
        long stamp = pages.writeLock();
        try {
            collectLocked(start, end);
            table.setRun(start, end, firstEntry);
        } finally {
            pages.unlockWrite(stamp);
        }
        countLocked(firstEntry, (end - start) >>> Pages.SHIFT);
    }

    private void collectLocked(long start, long end) {
        long at = table.nextPresent(start, end);
        while (at < end) {
            long runEnd = table.runEnd(at, end);
            long entry = table.get(at);
            dropped.add(Pte.offset(entry), runEnd - at);
            countLocked(entry, -((runEnd - at) >>> Pages.SHIFT));
            at = table.nextPresent(runEnd, end);
        }
    }

    /** Changes flags of existing entries such that kernel accesses see it at once. */
    void changeFlagsLocked(long start, long end, long clear, long set) {
        long stamp = pages.writeLock();
        try {
            table.changeFlags(start, end, clear, set);
        } finally {
            pages.unlockWrite(stamp);
        }
    }

    /** What {@link #dropLocked} removes. */
    enum Drop {
        EVERYTHING,
        /** Pages of files: what is private and modified stays. */
        FILE_PAGES
    }

    /** Removes pages of a range from table and platform and drops their references. */
    void dropLocked(long start, long end, Drop what) {
        long stamp = pages.writeLock();
        boolean mapped;
        try {
            mapped = clearEntriesLocked(start, end, what);
        } finally {
            pages.unlockWrite(stamp);
        }
        chargeTableLocked();
        if (mapped) {
            platform.sync();
        }
        releaseDroppedLocked();
    }

    /** Clears entries and asks the platform to unmap; whether it had mapped any. */
    private boolean clearEntriesLocked(long start, long end, Drop what) {
        long unmapFrom = -1;
        long unmapTo = -1;
        boolean mapped = false;
        long at = table.nextPresent(start, end);
        while (at < end) {
            long runEnd = table.runEnd(at, end);
            long entry = table.get(at);
            boolean keep = what == Drop.FILE_PAGES && Pte.is(entry, Pte.ANONYMOUS);
            if (!keep) {
                dropped.add(Pte.offset(entry), runEnd - at);
                countLocked(entry, -((runEnd - at) >>> Pages.SHIFT));
                if (Pte.is(entry, Pte.MAPPED)) {
                    unmapFrom = unmapFrom < 0 ? at : unmapFrom;
                    unmapTo = runEnd;
                }
                table.clear(at, runEnd);
            } else if (unmapFrom >= 0) {
                platform.unmap(unmapFrom, unmapTo - unmapFrom);
                mapped = true;
                unmapFrom = -1;
            }
            at = table.nextPresent(runEnd, end);
        }
        if (unmapFrom >= 0) {
            platform.unmap(unmapFrom, unmapTo - unmapFrom);
            mapped = true;
        }
        return mapped;
    }

    void releaseDroppedLocked() {
        if (!dropped.isEmpty()) {
            dropped.release(file);
        }
    }

    /** When the platform gets at the pages that it maps. */
    enum Entering {
        ON_TOUCH,
        /** Only for pages that the host has in memory. */
        AT_ONCE
    }

    /**
     * Lets the platform map all pages of a range (within {@code area}) that it has not mapped yet.
     */
    void mapLocked(Vma area, long start, long end) {
        mapLocked(area, start, end, Entering.ON_TOUCH);
    }

    void mapLocked(Vma area, long start, long end, Entering entering) {
        long at = table.nextPresent(start, end);
        while (at < end) {
            long runEnd = table.runEnd(at, end);
            long entry = table.get(at);
            if (!Pte.is(entry, Pte.MAPPED)) {
                Protection protection = Pte.protection(entry, area.prot);
                if (protection != Protection.NONE) {
                    if (entering == Entering.AT_ONCE) {
                        platform.mapPresent(at, runEnd - at, Pte.offset(entry), protection);
                    } else {
                        platform.map(at, runEnd - at, Pte.offset(entry), protection);
                    }
                    table.changeFlags(at, runEnd, 0, Pte.MAPPED);
                }
            }
            at = table.nextPresent(runEnd, end);
        }
    }

    /**
     * Tells the platform the rights of what it maps in a range, after entries or the area changed.
     * One call covers what has the same rights, holes included.
     */
    void protectLocked(Vma area, long start, long end) {
        long from = -1;
        long to = -1;
        Protection protection = Protection.NONE;
        long at = table.nextPresent(start, end);
        while (at < end) {
            long runEnd = table.runEnd(at, end);
            long entry = table.get(at);
            if (Pte.is(entry, Pte.MAPPED)) {
                Protection wanted = Pte.protection(entry, area.prot);
                if (from >= 0 && wanted != protection) {
                    platform.protect(from, to - from, protection);
                    from = -1;
                }
                if (from < 0) {
                    from = at;
                    protection = wanted;
                }
                to = runEnd;
            }
            at = table.nextPresent(runEnd, end);
        }
        if (from >= 0) {
            platform.protect(from, to - from, protection);
        }
    }

    @Override
    public int ownerTgid() {
        return limits.tgid();
    }

    @Override
    public void invalidate(Mappable mappable, long offset, long lengthBytes, boolean copies) {
        long fileId = mappable.mappableId();
        long endOffset = offset + lengthBytes < 0 ? Long.MAX_VALUE : offset + lengthBytes;
        mapping.lock();
        try {
            invalidations++;
            for (int i = 0; i < areas.size(); i++) {
                Vma area = areas.at(i);
                if (area.file == null || area.file.mappableId() != fileId) {
                    continue;
                }
                long from = Math.max(offset, area.offset);
                long to = Math.min(endOffset, area.fileOffset(area.end));
                if (from < to) {
                    long start = area.start + (from - area.offset);
                    dropLocked(
                            start, start + (to - from), copies ? Drop.EVERYTHING : Drop.FILE_PAGES);
                }
            }
        } finally {
            mapping.unlock();
        }
    }

    /**
     * Goes on on another platform, which has nothing mapped yet; gives the former side, which a
     * space from a checkpoint has not. No task runs.
     */
    @Nullable AddressSpace exchangePlatform(PlatformSession target, AddressSpace successor) {
        mapping.lock();
        try {
            @Nullable AddressSpace former = platform;
            session = target;
            platform = successor;
            low = target.minUserAddress();
            high = Math.min(target.maxUserAddress(), PageTable.END);
            mmapBase = Math.min(mmapBase, high);
            table.changeFlags(0, PageTable.END, Pte.MAPPED, 0);
            for (int i = 0; i < areas.size(); i++) {
                successor.occupy(areas.at(i).start, areas.at(i).length());
            }
            return former;
        } finally {
            mapping.unlock();
        }
    }

    /** Frees everything; no task uses the space any more. */
    void close() {
        memory.forget(this);
        platform.close();
        mapping.lock();
        try {
            long stamp = pages.writeLock();
            try {
                collectLocked(0, PageTable.END);
                table.clear(0, PageTable.END);
                marks = null;
            } finally {
                pages.unlockWrite(stamp);
            }
            closed = true;
            chargeTableLocked();
            releaseDroppedLocked();
            areas.remove(0, PageTable.END);
        } finally {
            mapping.unlock();
        }
    }

    private void countLocked(long entry, long pageCount) {
        if (Pte.is(entry, Pte.HUGE)) {
            hugePages += pageCount;
        } else if (Pte.is(entry, Pte.ANONYMOUS)) {
            anonymousPages += pageCount;
        } else {
            filePages += pageCount;
        }
        peakPages = Math.max(peakPages, anonymousPages + filePages);
    }

    void countFaultLocked(boolean major) {
        if (major) {
            majorFaults++;
        } else {
            faults++;
        }
    }

    void resetPeakLocked() {
        peakPages = anonymousPages + filePages;
    }

    long tablePagesLocked() {
        return tablePages;
    }

    long anonymousPagesLocked() {
        return anonymousPages;
    }

    long filePagesLocked() {
        return filePages;
    }

    long hugePagesLocked() {
        return hugePages;
    }

    long peakPagesLocked() {
        return peakPages;
    }

    long faultsLocked() {
        return faults;
    }

    long majorFaultsLocked() {
        return majorFaults;
    }
}
