package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;

/**
 * The areas of a space that are registered with a userfaultfd, and the pages that it gives them.
 */
@Stateful
final class UserfaultPages {
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[(int) Pages.BYTES]).asReadOnly();

    private final Space space;
    private final UserfaultFile file;

    UserfaultPages(Space space, UserfaultFile file) {
        this.space = space;
        this.file = file;
    }

    boolean isRange(long start, long lengthBytes) {
        return space.isUserRange(start, lengthBytes) && start >= space.low;
    }

    /**
     * UFFDIO_REGISTER: EINVAL for what is no private anonymous memory, EBUSY for what another
     * userfaultfd has.
     */
    void register(long start, long end) {
        space.mapping.lock();
        try {
            if (!space.areas.intersects(start, end)) {
                throw Errno.EINVAL.exception();
            }
            checkLocked(start, end);
            space.areas.isolate(start, end);
            space.areas.change(start, end, area -> area.userfault = file);
            space.areas.merge(start, end);
            dropUntouchedLocked(start, end);
        } finally {
            space.mapping.unlock();
        }
    }

    private void checkLocked(long start, long end) {
        for (int i = space.areas.firstEndingAfter(start);
                i < space.areas.size() && space.areas.at(i).start < end;
                i++) {
            Vma area = space.areas.at(i);
            if (area.file != null || area.isDroppable()) {
                throw Errno.EINVAL.exception();
            }
            if ((area.maxProt & MemoryFlags.PROT_WRITE) == 0) {
                throw Errno.EPERM.exception();
            }
            if (area.userfault != null && area.userfault != file) {
                throw Errno.EBUSY.exception();
            }
        }
    }

    /**
     * Areas own pages before they are touched: those are missing for the guest. A page of zeros is
     * taken for untouched, as the memory file may give one that was used before.
     */
    private void dropUntouchedLocked(long start, long end) {
        long at = space.table.nextPresent(start, end);
        while (at < end) {
            long runEnd = space.table.runEnd(at, end);
            long offset = Pte.offset(space.table.get(at));
            byte[] touched = new byte[(int) ((runEnd - at) >>> Pages.SHIFT)];
            space.file.residency(offset, runEnd - at, touched);
            for (int i = 0; i < touched.length; i++) {
                long page = at + ((long) i << Pages.SHIFT);
                if ((touched[i] & 1) == 0 || isZero(offset + (page - at))) {
                    space.dropLocked(page, page + Pages.BYTES, Space.Drop.EVERYTHING);
                }
            }
            at = space.table.nextPresent(runEnd, end);
        }
    }

    private boolean isZero(long offset) {
        return space.file.segment(offset, Pages.BYTES).mismatch(ZEROS) < 0;
    }

    /** UFFDIO_UNREGISTER: EINVAL where nothing is mapped, or what could not be registered. */
    void unregister(long start, long end) {
        space.mapping.lock();
        try {
            if (!space.areas.intersects(start, end)) {
                throw Errno.EINVAL.exception();
            }
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                if (space.areas.at(i).file != null) {
                    throw Errno.EINVAL.exception();
                }
            }
            clearLocked(start, end);
        } finally {
            space.mapping.unlock();
        }
    }

    /** The file is closed: faults are the kernel's again. */
    void unregisterAll() {
        space.mapping.lock();
        try {
            for (int i = 0; i < space.areas.size(); i++) {
                Vma area = space.areas.at(i);
                if (area.userfault == file) {
                    area.userfault = null;
                }
            }
            space.areas.merge(0, space.high);
        } finally {
            space.mapping.unlock();
        }
    }

    private void clearLocked(long start, long end) {
        space.areas.isolate(start, end);
        space.areas.change(
                start,
                end,
                area -> {
                    if (area.userfault == file) {
                        area.userfault = null;
                    }
                });
        space.areas.merge(start, end);
    }

    /**
     * Gives an area a page: ENOENT if none is registered there, EEXIST if there is one, ENOMEM.
     *
     * @param content all of it
     */
    void fill(long page, byte[] content) {
        space.memory.limit().charge(1);
        boolean used = false;
        space.mapping.lock();
        try {
            Vma area = space.areas.find(page);
            if (area == null || area.userfault != file) {
                throw Errno.ENOENT.exception();
            }
            if (space.table.get(page) != 0) {
                throw Errno.EEXIST.exception();
            }
            long offset = Pages.floor(space.file.takeZeroed(1));
            used = true;
            space.file.segment(offset, Pages.BYTES).copyFrom(MemorySegment.ofArray(content));
            space.file.markCharged(offset, Pages.BYTES, PageOwners.Kind.ANONYMOUS);
            space.installLocked(
                    page,
                    page + Pages.BYTES,
                    Pte.make(offset, Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
            space.mapLocked(area, page, page + Pages.BYTES);
        } finally {
            space.mapping.unlock();
            if (!used) {
                space.memory.limit().giveBack(1);
            }
        }
    }
}
