package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.UFFDIO_REGISTER_MODE_WP;
import static dev.moat.abi.Userfaultfd.UFFD_FEATURE_WP_UNPOPULATED;

import dev.moat.abi.Errno;

/** UFFDIO_WRITEPROTECT: mm/userfaultfd.c mwriteprotect_range. */
final class UserfaultProtecting {
    private final Space space;

    UserfaultProtecting(Space space) {
        this.space = space;
    }

    /** ENOENT at the first area that is not registered for it. */
    void change(long start, long end, boolean protect) {
        space.mapping.lock();
        try {
            if (space.isClosedLocked()) {
                throw Errno.ESRCH.exception();
            }
            int first = space.areas.firstEndingAfter(start);
            if (first == space.areas.size() || space.areas.at(first).start >= end) {
                throw Errno.ENOENT.exception();
            }
            for (int i = first; i < space.areas.size() && space.areas.at(i).start < end; i++) {
                Vma area = space.areas.at(i);
                if (!area.isRegistered(UFFDIO_REGISTER_MODE_WP)) {
                    throw Errno.ENOENT.exception();
                }
                changeLocked(area, Math.max(start, area.start), Math.min(end, area.end), protect);
            }
        } finally {
            if (protect) {
                space.platform.sync();
            }
            space.mapping.unlock();
        }
    }

    private void changeLocked(Vma area, long start, long end, boolean protect) {
        space.checkMarksLocked();
        if (protect && coversAbsent(area)) {
            space.changeMarksLocked(start, end, 0, PageMarks.PROTECTED);
        } else {
            space.changeMarksLocked(start, end, PageMarks.PROTECTED, 0);
        }
        protectLocked(space, area, start, end, protect);
    }

    /**
     * Lets a process write a range that userfaultfd(2) protected, or not any more; the platform
     * follows, but for its synchronisation.
     */
    static void protectLocked(Space space, Vma area, long start, long end, boolean on) {
        long stamp = space.pages.writeLock();
        try {
            PageTable table = space.table;
            long at = table.nextPresent(start, end);
            while (at < end) {
                long runEnd = table.runEnd(at, end);
                long flags = table.get(at) & ~Pte.PROTECTED | (on ? Pte.PROTECTED : 0);
                long rights = Pte.rights(flags, area.prot);
                table.changeFlags(
                        at,
                        runEnd,
                        Pte.WRITE | Pte.PROTECTED,
                        rights & Pte.WRITE | flags & Pte.PROTECTED);
                at = table.nextPresent(runEnd, end);
            }
        } finally {
            space.pages.unlockWrite(stamp);
        }
        space.protectLocked(area, start, end);
    }

    /** userfaultfd_wp_use_markers(). */
    private static boolean coversAbsent(Vma area) {
        UserfaultFile file = area.userfault;
        return area.file != null || file != null && file.has(UFFD_FEATURE_WP_UNPOPULATED);
    }
}
