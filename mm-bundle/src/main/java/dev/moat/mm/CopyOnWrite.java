package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.api.swap.Stateful;

/** Gives a space its own copy of shared pages on a write. Called with the mapping lock. */
@Stateful
final class CopyOnWrite {
    private final Space space;

    CopyOnWrite(Space space) {
        this.space = space;
    }

    /**
     * Makes the private page of a fault writable: as it is if nobody else holds it, else as a copy,
     * and its neighbours with it.
     *
     * @return false if a charged page is needed first
     */
    boolean breakLocked(FaultRequest request, Vma area, long entry) {
        if (isReusable(entry)) {
            reuseLocked(area, request.page, entry);
            return true;
        }
        int pages =
                Windows.next(area, request.page, Windows.FIRST_COPY_PAGES, Windows.MAX_COPY_PAGES);
        if (space.memory.limit().isTight(pages)) {
            pages = 1;
        }
        long start = Windows.start(area, request.page, pages);
        long end = Math.min(area.end, start + ((long) pages << Pages.SHIFT));
        start = firstToCopy(start, request.page);
        end = firstNotToCopy(request.page, end);
        if (!space.memory.limit().tryCharge((end - start) >>> Pages.SHIFT)) {
            start = request.page;
            end = request.page + Pages.BYTES;
            if (!chargeOne(request)) {
                return false;
            }
        }
        if (Pte.is(entry, Pte.ANONYMOUS)) {
            space.forkWindows().note(start, end);
        }
        long offset = copyEntriesLocked(start, end);
        Windows.remember(area, start, end);
        space.replaceLocked(
                start, end, Pte.make(offset, Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
        space.mapLocked(area, start, end, Space.Entering.AT_ONCE);
        space.platform.sync();
        space.releaseDroppedLocked();
        return true;
    }

    /**
     * Copies pages of the request's translation for {@code [start, end)} (no entries there) to
     * private ones, as many as a copy window allows.
     *
     * @return false if a charged page is needed first
     */
    boolean copyFileLocked(FaultRequest request, Vma area, long start, long end) {
        int pages =
                Windows.next(area, request.page, Windows.FIRST_COPY_PAGES, Windows.MAX_COPY_PAGES);
        if (space.memory.limit().isTight(pages) || space.exact) {
            pages = 1;
        }
        long from = Math.max(start, Windows.start(area, request.page, pages));
        long to = Math.min(end, from + ((long) pages << Pages.SHIFT));
        if (!space.memory.limit().tryCharge((to - from) >>> Pages.SHIFT)) {
            from = request.page;
            to = request.page + Pages.BYTES;
            if (!chargeOne(request)) {
                return false;
            }
        }
        PageCopy copy = copy((to - from) >>> Pages.SHIFT);
        copy.append(request.memoryOffset(area.fileOffset(from)), to - from);
        long offset = copy.offset();
        Windows.remember(area, from, to);
        space.installLocked(
                from, to, Pte.make(offset, Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
        space.mapLocked(area, from, to, Space.Entering.AT_ONCE);
        return true;
    }

    private boolean isReusable(long entry) {
        return Pte.is(entry, Pte.ANONYMOUS) && space.file.references(Pte.offset(entry)) == 1;
    }

    /**
     * The other owners are gone: the pages around, as far as that holds for them too, become
     * writable again.
     */
    private void reuseLocked(Vma area, long page, long entry) {
        long limit = (long) Windows.MAX_PAGES << Pages.SHIFT;
        long start = page;
        long before = entry - Pages.BYTES;
        while (start > area.start
                && page - start < limit
                && !Pte.startsChunk(before + Pages.BYTES)
                && space.table.get(start - Pages.BYTES) == before
                && isReusable(before)) {
            start -= Pages.BYTES;
            before -= Pages.BYTES;
        }
        long runEnd = space.table.runEnd(page, Math.min(area.end, page + limit));
        long end = page + Pages.BYTES;
        while (end < runEnd && isReusable(entry + (end - page))) {
            end += Pages.BYTES;
        }
        space.changeFlagsLocked(
                start, end, 0, Pte.PAGE_WRITABLE | Pte.rights(Pte.PAGE_WRITABLE, area.prot));
        space.protectLocked(area, start, end);
        space.mapLocked(area, start, end);
    }

    private long firstToCopy(long start, long page) {
        long from = page;
        while (from > start && isToCopy(from - Pages.BYTES)) {
            from -= Pages.BYTES;
        }
        return from;
    }

    private long firstNotToCopy(long page, long end) {
        long to = page + Pages.BYTES;
        while (to < end && isToCopy(to)) {
            to += Pages.BYTES;
        }
        return to;
    }

    private boolean isToCopy(long page) {
        long entry = space.table.get(page);
        return entry != 0
                && !Pte.is(entry, Pte.PAGE_WRITABLE | Pte.PROTECTED)
                && !isReusable(entry);
    }

    private long copyEntriesLocked(long start, long end) {
        PageCopy copy = copy((end - start) >>> Pages.SHIFT);
        long at = start;
        while (at < end) {
            long runEnd = space.table.runEnd(at, end);
            copy.append(Pte.offset(space.table.get(at)), runEnd - at);
            at = runEnd;
        }
        return copy.offset();
    }

    private static boolean chargeOne(FaultRequest request) {
        if (request.budget == 0) {
            return false;
        }
        request.budget--;
        return true;
    }

    /** Begins a copy to charged pages. */
    private PageCopy copy(long pages) {
        try {
            PageCopy copy = space.file.copy(pages);
            space.file.markCharged(copy.offset(), pages << Pages.SHIFT, PageOwners.Kind.ANONYMOUS);
            return copy;
        } catch (ErrnoException e) {
            space.memory.limit().giveBack(pages);
            throw e;
        }
    }
}
