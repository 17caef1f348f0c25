package dev.moat.mm;

import java.lang.foreign.MemorySegment;

/**
 * Forgets private pages that a space owns though nobody touched them, once: from then on it owns
 * what is touched only ({@link Space#exact}), as userfaultfd(2) has to know it. A page of zeros is
 * taken for untouched, as the memory file may give one that was used before. Guests run meanwhile:
 * pages are taken away first and looked at then.
 */
final class UntouchedPages {
    private static final int STEP_PAGES = 512;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[(int) Pages.BYTES]).asReadOnly();

    private final Space space;
    private final byte[] resident = new byte[STEP_PAGES];

    UntouchedPages(Space space) {
        this.space = space;
    }

    /** Takes the mapping lock. */
    void forget() {
        space.mapping.lock();
        try {
            if (space.exact) {
                return;
            }
            space.exact = true;
            for (int i = 0; i < space.areas.size(); i++) {
                Vma area = space.areas.at(i);
                // A huge page is touched as a whole.
                if (area.file == null && !area.locked && !area.hugePages) {
                    forgetLocked(area);
                }
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private void forgetLocked(Vma area) {
        long at = space.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long limit = Math.min(area.end, at + ((long) STEP_PAGES << Pages.SHIFT));
            long runEnd = space.table.runEnd(at, limit);
            forgetRunLocked(area, at, runEnd);
            at = space.table.nextPresent(runEnd, area.end);
        }
    }

    private void forgetRunLocked(Vma area, long start, long end) {
        long entry = space.table.get(start);
        space.file.residency(Pte.offset(entry), end - start, resident);
        long at = start;
        while (at < end) {
            long from = at;
            while (at < end
                    && isEmpty(entry + (at - start), (int) ((at - start) >>> Pages.SHIFT))) {
                at += Pages.BYTES;
            }
            if (from < at) {
                takeAwayLocked(area, from, at, entry + (from - start));
                space.file.residency(Pte.offset(entry), end - start, resident);
            } else {
                at += Pages.BYTES;
            }
        }
    }

    /** Whether a page is not there, or holds nothing but zeros. */
    private boolean isEmpty(long entry, int index) {
        return (resident[index] & 1) == 0
                || space.file.segment(Pte.offset(entry), Pages.BYTES).mismatch(ZEROS) < 0;
    }

    private void takeAwayLocked(Vma area, long start, long end, long entry) {
        long length = end - start;
        // Keeps the pages while they are in no table.
        space.file.retain(Pte.offset(entry), length);
        space.dropLocked(start, end, Space.Drop.EVERYTHING);
        space.file.residency(Pte.offset(entry), length, resident);
        for (long at = 0; at < length; at += Pages.BYTES) {
            if (isEmpty(entry + at, (int) (at >>> Pages.SHIFT))) {
                space.file.release(Pte.offset(entry) + at, Pages.BYTES);
            } else {
                long page = start + at;
                space.installLocked(page, page + Pages.BYTES, (entry + at) & ~Pte.MAPPED);
                space.mapLocked(area, page, page + Pages.BYTES);
            }
        }
    }
}
