package dev.moat.mm;

/**
 * Gives back what windows own but nobody ever touched, when the limit is reached: only the host
 * knows which pages of the memory file are there. Pages are looked at twice, because a guest may
 * touch one at any moment: once to find candidates, once after they were taken away.
 */
final class Trimming {
    /** Pages per look; also the size of a window. */
    private static final int STEP_PAGES = 512;

    private final Space space;
    private final byte[] touched = new byte[STEP_PAGES];

    Trimming(Space space) {
        this.space = space;
    }

    /** Frees untouched pages; their number. Takes the mapping lock. */
    long trim() {
        space.mapping.lock();
        try {
            long freed = 0;
            for (int i = 0; i < space.areas.size(); i++) {
                Vma area = space.areas.at(i);
                if (area.file == null && !area.locked && area.userfault == null) {
                    freed += trimAreaLocked(area);
                }
            }
            return freed;
        } finally {
            space.mapping.unlock();
        }
    }

    /** Throws away what may be: MAP_DROPPABLE; the number of pages. Takes the mapping lock. */
    long drop() {
        space.mapping.lock();
        try {
            long before = space.anonymousPagesLocked();
            for (int i = 0; i < space.areas.size(); i++) {
                Vma area = space.areas.at(i);
                if (area.isDroppable()) {
                    space.dropLocked(area.start, area.end, Space.Drop.EVERYTHING);
                }
            }
            return before - space.anonymousPagesLocked();
        } finally {
            space.mapping.unlock();
        }
    }

    private long trimAreaLocked(Vma area) {
        long freed = 0;
        long at = space.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long limit = Math.min(area.end, at + ((long) STEP_PAGES << Pages.SHIFT));
            long runEnd = space.table.runEnd(at, limit);
            long entry = space.table.get(at);
            if (Pte.is(entry, Pte.PAGE_WRITABLE)) {
                freed += trimRunLocked(area, at, runEnd, entry);
            }
            at = space.table.nextPresent(runEnd, area.end);
        }
        return freed;
    }

    private long trimRunLocked(Vma area, long start, long end, long entry) {
        int pages = (int) ((end - start) >>> Pages.SHIFT);
        lookLocked(entry, pages);
        long freed = 0;
        int from = 0;
        while (from < pages) {
            if (isTouched(from)) {
                from++;
                continue;
            }
            int to = from + 1;
            while (to < pages && !isTouched(to)) {
                to++;
            }
            long low = start + ((long) from << Pages.SHIFT);
            long high = start + ((long) to << Pages.SHIFT);
            freed += takeAwayLocked(area, low, high, entry + (low - start));
            // The second look has overwritten the first one.
            lookLocked(entry, pages);
            from = to;
        }
        return freed;
    }

    /** Unmaps pages everywhere, and puts back those that were touched until then. */
    private long takeAwayLocked(Vma area, long start, long end, long entry) {
        long length = end - start;
        // Keeps the pages while they are in no table.
        space.file.retain(Pte.offset(entry), length);
        space.dropLocked(start, end, Space.Drop.EVERYTHING);
        int pages = (int) (length >>> Pages.SHIFT);
        lookLocked(entry, pages);
        long freed = 0;
        for (int i = 0; i < pages; i++) {
            long at = (long) i << Pages.SHIFT;
            if (isTouched(i)) {
                space.installLocked(
                        start + at, start + at + Pages.BYTES, (entry + at) & ~Pte.MAPPED);
                space.mapLocked(area, start + at, start + at + Pages.BYTES);
            } else {
                space.file.release(Pte.offset(entry) + at, Pages.BYTES);
                freed++;
            }
        }
        return freed;
    }

    private void lookLocked(long entry, int pages) {
        space.file.residency(Pte.offset(entry), (long) pages << Pages.SHIFT, touched);
    }

    private boolean isTouched(int page) {
        return (touched[page] & 1) != 0;
    }
}
