package dev.moat.mm;

import static dev.moat.abi.PagemapBits.*;

/**
 * What /proc/PID/pagemap tells of a range. Frames have no numbers: there are none that would mean
 * anything to a guest, as to one without CAP_SYS_ADMIN on Linux.
 */
final class PageDescriptions {
    private final Space space;
    private final long start;
    private final long[] entries;

    PageDescriptions(Space space, long start, long[] entries) {
        this.space = space;
        this.start = start;
        this.entries = entries;
    }

    void collect() {
        long end = Math.min(space.high, start + ((long) entries.length << Pages.SHIFT));
        space.mapping.lock();
        try {
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                collectLocked(area, Math.max(start, area.start), Math.min(end, area.end));
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private void collectLocked(Vma area, long from, long to) {
        long at = space.table.nextPresent(from, to);
        while (at < to) {
            long runEnd = space.table.runEnd(at, to);
            collectRunLocked(at, runEnd, space.table.get(at));
            at = space.table.nextPresent(runEnd, to);
        }
        if (area.guard || space.isMarkedLocked(from, to)) {
            for (long page = from; page < to; page += Pages.BYTES) {
                entries[index(page)] |= marks(area, page);
            }
        }
    }

    /** Owned pages are there once they were touched, as mincore(2) says. */
    private void collectRunLocked(long from, long to, long entry) {
        byte[] touched = new byte[(int) ((to - from) >>> Pages.SHIFT)];
        space.file.residency(Pte.offset(entry), to - from, touched);
        boolean ofFile = !Pte.is(entry, Pte.ANONYMOUS);
        long common = PM_PRESENT | (ofFile ? PM_FILE : 0);
        common |= Pte.is(entry, Pte.PROTECTED) ? PM_UFFD_WP : 0;
        for (int i = 0; i < touched.length; i++) {
            if ((touched[i] & 1) != 0) {
                long memory = Pte.offset(entry) + ((long) i << Pages.SHIFT);
                // One reference of a page of a file is the file's own.
                boolean alone = space.file.references(memory) - (ofFile ? 1 : 0) <= 1;
                entries[index(from) + i] = common | (alone ? PM_MMAP_EXCLUSIVE : 0);
            }
        }
    }

    /** Markers stand where swapped pages would. */
    private long marks(Vma area, long page) {
        int marks = space.marksLocked(page);
        if (area.guard || (marks & PageMarks.GUARDED) != 0) {
            return PM_SWAP | PM_GUARD_REGION;
        }
        boolean marked = space.table.get(page) == 0 && (marks & PageMarks.PROTECTED) != 0;
        return marked ? PM_SWAP | PM_UFFD_WP : 0;
    }

    private int index(long page) {
        return (int) ((page - start) >>> Pages.SHIFT);
    }
}
