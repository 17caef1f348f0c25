package dev.moat.mm;

import dev.moat.abi.Errno;
import org.jspecify.annotations.Nullable;

/** UFFDIO_MOVE: mm/userfaultfd.c move_pages. */
final class UserfaultMoving {
    /** Whether pages that are missing at the source count as moved. */
    enum Holes {
        REFUSED,
        ALLOWED
    }

    private final Space space;
    private final UserfaultFile file;

    UserfaultMoving(Space space, UserfaultFile file) {
        this.space = space;
        this.file = file;
    }

    UserfaultFiller.Outcome move(long source, long target, long lengthBytes, Holes holes) {
        space.mapping.lock();
        try {
            if (space.isClosedLocked()) {
                throw Errno.ESRCH.exception();
            }
            Vma to = space.areas.find(target);
            Vma from = space.areas.find(source);
            if (to == null || from == null) {
                return new UserfaultFiller.Outcome(0, Errno.ENOENT);
            }
            if (!canMove(from, to)
                    || source + lengthBytes > from.end
                    || target + lengthBytes > to.end) {
                return new UserfaultFiller.Outcome(0, Errno.EINVAL);
            }
            return moveLocked(to, source, target, lengthBytes, holes);
        } finally {
            space.mapping.unlock();
        }
    }

    /** validate_move_areas(). */
    private boolean canMove(Vma from, Vma to) {
        return from.file == null
                && to.file == null
                && from.prot == to.prot
                && from.locked == to.locked
                && from.isWritable()
                && to.userfault == file;
    }

    private UserfaultFiller.Outcome moveLocked(
            Vma to, long source, long target, long lengthBytes, Holes holes) {
        long done = 0;
        Errno error = null;
        while (done < lengthBytes && error == null) {
            long end = lengthBytes;
            long from = done;
            // As many pages as follow each other in memory move as one.
            while (done < end && error == null) {
                error = refusal(source + done, target + done, holes);
                if (error != null || !continues(source, from, done)) {
                    break;
                }
                done += Pages.BYTES;
            }
            moveRunLocked(to, source + from, source + done, target + from);
        }
        return new UserfaultFiller.Outcome(done, error);
    }

    /** Whether the page at {@code at} follows what was seen from {@code from} on in memory. */
    private boolean continues(long source, long from, long at) {
        long first = space.table.get(source + from);
        if (at == from) {
            return true;
        }
        return first == 0
                ? space.table.get(source + at) == 0
                : space.table.runEnd(source + from, source + at + Pages.BYTES)
                        == source + at + Pages.BYTES;
    }

    private @Nullable Errno refusal(long source, long target, Holes holes) {
        if (space.table.get(target) != 0 || space.marksLocked(target) != 0) {
            return Errno.EEXIST;
        }
        long entry = space.table.get(source);
        if (entry == 0) {
            if (space.marksLocked(source) != 0) {
                return Errno.EFAULT;
            }
            return holes == Holes.ALLOWED ? null : Errno.ENOENT;
        }
        return Pte.isOwn(entry) ? null : Errno.EBUSY;
    }

    private void moveRunLocked(Vma to, long source, long end, long target) {
        long entry = source < end ? space.table.get(source) : 0;
        if (entry == 0) {
            return;
        }
        long length = end - source;
        // The reference of the old place goes when its entry does.
        space.file.retain(Pte.offset(entry), length);
        space.changeMarksLocked(source, end, PageMarks.ALL, 0);
        space.dropLocked(source, end, Space.Drop.EVERYTHING);
        space.installLocked(
                target,
                target + length,
                Pte.make(Pte.offset(entry), Pte.ANONYMOUS | Pte.PAGE_WRITABLE, to.prot));
        space.mapLocked(to, target, target + length);
    }
}
