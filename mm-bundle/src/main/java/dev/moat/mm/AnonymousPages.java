package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;

/** Gives an address space fresh pages of its own. Called with the mapping lock. */
@Stateful
final class AnonymousPages {
    /**
     * Fresh mappings up to this size are owned at once: they are about to be used, and a fault
     * costs more than owning. Just above what malloc(3) grows a heap by.
     */
    private static final long EAGER_BYTES = 36 * Pages.BYTES;

    private final Space space;

    AnonymousPages(Space space) {
        this.space = space;
    }

    /** Owns a new private mapping that will surely be written; only if memory is plenty. */
    void ownEarlyLocked(Vma area, long start, long end) {
        long pages = (end - start) >>> Pages.SHIFT;
        if (area.file == null
                && !space.exact
                && area.isWritable()
                && end - start <= EAGER_BYTES
                && (area.flags & (MemoryFlags.MAP_NORESERVE | MemoryFlags.MAP_GROWSDOWN)) == 0
                && !isScarce(pages)
                && space.memory.limit().tryCharge(pages)) {
            try {
                installCharged(area, start, end, Use.LIKELY);
            } catch (ErrnoException e) {
                // Then the first fault says so.
            }
        }
    }

    /**
     * Answers a fault with a window of pages around it.
     *
     * @return false if a charged page is needed first
     */
    boolean resolveLocked(FaultRequest request, Vma area) {
        boolean huge = HugePages.areGivenLocked(space, area);
        long hugeStart = HugePages.floor(request.page);
        if (huge && ownHugeLocked(area, hugeStart)) {
            return true;
        }
        int pages = Windows.next(area, request.page, Windows.FIRST_PAGES, Windows.MAX_PAGES);
        // a sequence has touched as many pages before as this window has
        Use use = pages > Windows.WHOLE_PAGES ? Use.EXPECTED : Use.LIKELY;
        if (isScarce(pages) || space.exact) {
            pages = 1;
        }
        long start = Windows.start(area, request.page, pages);
        long end = Math.min(area.end, start + ((long) pages << Pages.SHIFT));
        if (huge) {
            // not into the next one, which would be none then
            start = Math.max(start, hugeStart);
            end = Math.min(end, hugeStart + HugePages.BYTES);
        }
        start = absentStart(start, request.page);
        end = space.endOfFreeLocked(request.page, end);
        if (!space.memory.limit().tryCharge((end - start) >>> Pages.SHIFT)) {
            if (request.budget == 0) {
                return false;
            }
            start = request.page;
            end = request.page + Pages.BYTES;
            request.budget--;
        }
        installCharged(area, start, end, use);
        Windows.remember(area, start, end);
        return true;
    }

    /** Owns the huge page at {@code start}, if none of it is owned yet and memory is plenty. */
    private boolean ownHugeLocked(Vma area, long start) {
        long end = start + HugePages.BYTES;
        if (start < area.start
                || end > area.end
                || space.table.nextPresent(start, end) != end
                || space.isMarkedLocked(start, end)
                || isScarce(HugePages.PAGES)
                || !space.memory.limit().tryCharge(HugePages.PAGES)) {
            return false;
        }
        installCharged(area, start, end, Use.WHOLE);
        Windows.remember(area, start, end);
        return true;
    }

    private boolean isScarce(long pages) {
        return space.memory.limit().isTight(pages) || space.file.isScarce();
    }

    /** What is known about the pages of a window. */
    private enum Use {
        /** Some will be touched. */
        LIKELY,
        /** All will be touched, soon: the host makes them together, which costs half as much. */
        EXPECTED,
        /** They are wanted as one huge page. */
        WHOLE
    }

    private void installCharged(Vma area, long start, long end, Use use) {
        long pages = (end - start) >>> Pages.SHIFT;
        long taken;
        try {
            taken =
                    switch (use) {
                        case LIKELY -> space.file.takeZeroed(pages);
                        case EXPECTED -> space.file.takeCommitted(pages);
                        case WHOLE -> space.file.takeHuge();
                    };
        } catch (ErrnoException e) {
            space.memory.limit().giveBack(pages);
            throw e;
        }
        long offset = Pages.floor(taken);
        space.file.markCharged(offset, end - start, PageOwners.Kind.ANONYMOUS);
        space.installLocked(
                start, end, Pte.make(offset, Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
        space.mapLocked(
                area,
                start,
                end,
                ChunkedMemoryFile.isCommitted(taken)
                        ? Space.Entering.AT_ONCE
                        : Space.Entering.ON_TOUCH);
    }

    /**
     * First page at or above {@code start} such that no page from it to {@code page} has an entry,
     * or is not to get one.
     */
    long absentStart(long start, long page) {
        long lowest = space.firstFreeLocked(start, page);
        long from = page;
        while (from > lowest && space.table.get(from - Pages.BYTES) == 0) {
            from -= Pages.BYTES;
        }
        return from;
    }
}
