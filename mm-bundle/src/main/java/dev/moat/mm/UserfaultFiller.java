package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.UFFDIO_REGISTER_MODE_WP;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Gives registered areas pages: mm/userfaultfd.c mfill_atomic. */
final class UserfaultFiller {
    private static final byte[] ZEROS = new byte[(int) Pages.BYTES];

    private final Space space;
    private final FaultHandler faults;

    UserfaultFiller(Space space) {
        this.space = space;
        this.faults = new FaultHandler(space);
    }

    /** How a range was worked on: bytes, and what ended it early. */
    record Outcome(long doneBytes, @Nullable Errno error) {}

    /** Whether pages come write-protected. */
    enum Protect {
        NO,
        YES
    }

    private interface Step {
        void fill(long page);
    }

    /** UFFDIO_COPY from memory of the caller. */
    Outcome copy(UserMemory source, long sourceAddr, long start, long end, Protect protect) {
        byte[] content = new byte[(int) Pages.BYTES];
        return each(
                start,
                end,
                protect,
                page -> {
                    long from = sourceAddr + (page - start);
                    source.copyIn(from, MemorySegment.ofArray(content), 0, Pages.BYTES);
                    fill(page, content, protect);
                });
    }

    /** UFFDIO_ZEROPAGE. */
    Outcome clear(long start, long end) {
        return each(
                start,
                end,
                Protect.NO,
                page -> {
                    checkUnmarked(page);
                    fill(page, ZEROS, Protect.NO);
                });
    }

    /** UFFDIO_CONTINUE. */
    Outcome proceed(long start, long end, Protect protect) {
        if (!isMemoryFile(start)) {
            throw Errno.EINVAL.exception();
        }
        return each(start, end, protect, page -> proceed(page, protect));
    }

    /** UFFDIO_POISON. */
    Outcome poison(long start, long end) {
        return each(start, end, Protect.NO, this::poison);
    }

    private Outcome each(long start, long end, Protect protect, Step step) {
        long at = start;
        try {
            check(start, end, protect);
            for (; at < end; at += Pages.BYTES) {
                step.fill(at);
            }
            return new Outcome(end - start, null);
        } catch (ErrnoException e) {
            return new Outcome(at - start, e.errno());
        }
    }

    /** All of it must be in one area. */
    private void check(long start, long end, Protect protect) {
        space.mapping.lock();
        try {
            if (space.isClosedLocked()) {
                throw Errno.ESRCH.exception();
            }
            Vma area = registeredLocked(start);
            if (end > area.end) {
                throw Errno.ENOENT.exception();
            }
            if (protect == Protect.YES && !area.isRegistered(UFFDIO_REGISTER_MODE_WP)
                    || area.file != null && area.memoryFile() == null) {
                throw Errno.EINVAL.exception();
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private Vma registeredLocked(long page) {
        Vma area = space.areas.find(page);
        if (area == null || area.userfault == null) {
            throw Errno.ENOENT.exception();
        }
        return area;
    }

    private boolean isMemoryFile(long page) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(page);
            return area == null || area.userfault == null || area.memoryFile() != null;
        } finally {
            space.mapping.unlock();
        }
    }

    private void checkUnmarked(long page) {
        space.mapping.lock();
        try {
            if (space.marksLocked(page) != 0) {
                throw Errno.EEXIST.exception();
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private void fill(long page, byte[] content, Protect protect) {
        PagedFile shared = sharedFile(page);
        if (shared == null) {
            fillPrivate(page, content, protect);
            return;
        }
        shared.insert(fileOffset(page), MemorySegment.ofArray(content));
        mark(page, protect);
        // Taken away again already: then the next fault says so.
        faults.answer(page);
    }

    /** The file that gets the pages of an area; null where the area has them for itself. */
    private @Nullable PagedFile sharedFile(long page) {
        space.mapping.lock();
        try {
            Vma area = registeredLocked(page);
            if (space.table.get(page) != 0) {
                throw Errno.EEXIST.exception();
            }
            checkSizeLocked(area, page);
            return area.isShared() ? area.memoryFile() : null;
        } finally {
            space.mapping.unlock();
        }
    }

    private static void checkSizeLocked(Vma area, long page) {
        PagedFile memory = area.memoryFile();
        if (memory != null && area.fileOffset(page) >= Pages.ceil(memory.sizeBytes())) {
            throw Errno.EFAULT.exception();
        }
    }

    private long fileOffset(long page) {
        space.mapping.lock();
        try {
            return registeredLocked(page).fileOffset(page);
        } finally {
            space.mapping.unlock();
        }
    }

    /** Whether the page that comes is protected; what was known of it is forgotten. */
    private void mark(long page, Protect protect) {
        space.mapping.lock();
        try {
            markLocked(page, protect);
        } finally {
            space.mapping.unlock();
        }
    }

    private void markLocked(long page, Protect protect) {
        int set = protect == Protect.YES ? PageMarks.PROTECTED : 0;
        if (space.marksLocked(page) != set) {
            space.checkMarksLocked();
            space.changeMarksLocked(page, page + Pages.BYTES, PageMarks.ALL, set);
        }
    }

    private void fillPrivate(long page, byte[] content, Protect protect) {
        space.memory.limit().charge(1);
        boolean used = false;
        space.mapping.lock();
        try {
            Vma area = registeredLocked(page);
            if (space.table.get(page) != 0) {
                throw Errno.EEXIST.exception();
            }
            markLocked(page, protect);
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

    /** Maps the page that the file has: EFAULT if it has none. */
    private void proceed(long page, Protect protect) {
        space.mapping.lock();
        try {
            Vma area = registeredLocked(page);
            PagedFile memory = area.memoryFile();
            if (memory == null || !memory.isResident(area.fileOffset(page))) {
                throw Errno.EFAULT.exception();
            }
            checkSizeLocked(area, page);
            if (space.table.get(page) != 0) {
                throw Errno.EEXIST.exception();
            }
            markLocked(page, protect);
        } finally {
            space.mapping.unlock();
        }
        switch (faults.answer(page)) {
            case RESOLVED -> {}
            case OUT_OF_MEMORY -> throw Errno.ENOMEM.exception();
            case NOT_MAPPED, NOT_PERMITTED, BUS_ERROR, USER_FAULT -> throw Errno.EFAULT.exception();
        }
    }

    private void poison(long page) {
        space.mapping.lock();
        try {
            Vma area = registeredLocked(page);
            checkSizeLocked(area, page);
            if (space.table.get(page) != 0 || space.marksLocked(page) != 0) {
                throw Errno.EEXIST.exception();
            }
            space.checkMarksLocked();
            space.changeMarksLocked(page, page + Pages.BYTES, 0, PageMarks.POISONED);
        } finally {
            space.mapping.unlock();
        }
    }
}
