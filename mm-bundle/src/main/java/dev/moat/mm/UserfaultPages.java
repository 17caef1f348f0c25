package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.*;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;

/** The areas of a space that are registered with a userfaultfd. */
@Stateful
final class UserfaultPages {
    private final Space space;
    private final UserfaultFile file;

    UserfaultPages(Space space, UserfaultFile file) {
        this.space = space;
        this.file = file;
    }

    boolean isRange(long start, long lengthBytes) {
        return space.isUserRange(start, lengthBytes) && start >= space.low;
    }

    Space space() {
        return space;
    }

    /**
     * UFFDIO_REGISTER: EINVAL for memory of another kind, EPERM for what can never be written,
     * EBUSY for what another userfaultfd has.
     *
     * @param modes UFFDIO_REGISTER_MODE_*
     */
    void register(long start, long end, long modes) {
        space.mapping.lock();
        try {
            if (space.isClosedLocked()) {
                throw Errno.ENOMEM.exception();
            }
            if (!space.areas.intersects(start, end)) {
                throw Errno.EINVAL.exception();
            }
            checkLocked(start, end, modes);
            space.areas.isolate(start, end);
            space.areas.change(
                    start,
                    end,
                    area -> {
                        boolean has = area.userfault != null && area.isRegisteredAll(modes);
                        if (!has) {
                            area.userfault = file;
                            area.userfaultModes = modes;
                        }
                    });
            space.areas.merge(start, end);
        } finally {
            space.mapping.unlock();
        }
    }

    private void checkLocked(long start, long end, long modes) {
        for (int i = space.areas.firstEndingAfter(start);
                i < space.areas.size() && space.areas.at(i).start < end;
                i++) {
            Vma area = space.areas.at(i);
            if (!canRegister(area, modes)) {
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

    /** vma_can_userfault(), include/linux/userfaultfd_k.h. */
    private boolean canRegister(Vma area, long modes) {
        if (area.isDroppable() || area.isHuge()) {
            return false;
        }
        boolean memory = area.memoryFile() != null;
        if ((modes & UFFDIO_REGISTER_MODE_MINOR) != 0 && !memory) {
            return false;
        }
        if (modes == UFFDIO_REGISTER_MODE_WP && file.has(UFFD_FEATURE_WP_ASYNC)) {
            return true;
        }
        return area.file == null || memory;
    }

    /** UFFDIO_UNREGISTER: EINVAL where nothing is mapped, or what could not be registered. */
    void unregister(long start, long end) {
        space.mapping.lock();
        try {
            if (space.isClosedLocked()) {
                throw Errno.ENOMEM.exception();
            }
            if (!space.areas.intersects(start, end)) {
                throw Errno.EINVAL.exception();
            }
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                if (area.userfault != null && area.userfault != file
                        || !canRegister(area, area.userfaultModes)) {
                    throw Errno.EINVAL.exception();
                }
            }
            space.areas.isolate(start, end);
            clearLocked(start, end);
            space.areas.merge(start, end);
        } finally {
            space.mapping.unlock();
        }
    }

    /** The file is closed: faults are the kernel's again. */
    void unregisterAll() {
        space.mapping.lock();
        try {
            clearLocked(0, space.high);
            space.areas.merge(0, space.high);
        } finally {
            space.mapping.unlock();
        }
    }

    private void clearLocked(long start, long end) {
        for (int i = space.areas.firstEndingAfter(start);
                i < space.areas.size() && space.areas.at(i).start < end;
                i++) {
            Vma area = space.areas.at(i);
            if (area.userfault != file) {
                continue;
            }
            if (area.isRegistered(UFFDIO_REGISTER_MODE_WP)) {
                space.changeMarksLocked(area.start, area.end, PageMarks.PROTECTED, 0);
                UserfaultProtecting.protectLocked(space, area, area.start, area.end, false);
            }
            area.userfault = null;
            area.userfaultModes = 0;
        }
    }
}
