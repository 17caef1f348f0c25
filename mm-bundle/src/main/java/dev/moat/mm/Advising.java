package dev.moat.mm;

import static dev.moat.abi.MemoryFlags.*;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HugePageUse;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/** madvise(2): mm/madvise.c. */
@Stateful
final class Advising {
    /**
     * Exclusive pages up to this much are emptied in place: cheaper than unmapping and faulting
     * again.
     */
    private static final long EMPTY_IN_PLACE_BYTES = 256 << 10;

    private final Space space;
    private final Populating populating;

    Advising(Space space, Populating populating) {
        this.space = space;
        this.populating = populating;
    }

    /** mseal(2): mm/mseal.c. */
    void seal(long address, long lengthBytes) {
        long length = Pages.ceil(lengthBytes);
        if (!Pages.isAligned(address)
                || lengthBytes != 0 && length == 0
                || Long.compareUnsigned(address + length, address) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (length == 0) {
            return;
        }
        if (!space.isUserRange(address, length)) {
            throw Errno.ENOMEM.exception();
        }
        space.mapping.lock();
        try {
            if (!space.areas.covers(address, address + length)) {
                throw Errno.ENOMEM.exception();
            }
            change(address, address + length, area -> area.sealed = true);
            space.areas.merge(address, address + length);
        } finally {
            space.mapping.unlock();
        }
    }

    void advise(long address, long lengthBytes, int advice) {
        if (!isKnown(advice) || !Pages.isAligned(address)) {
            throw Errno.EINVAL.exception();
        }
        long length = Pages.ceil(lengthBytes);
        if (lengthBytes != 0 && length == 0
                || Long.compareUnsigned(address + length, address) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (length == 0) {
            return;
        }
        if (!space.isUserRange(address, length)) {
            throw Errno.ENOMEM.exception();
        }
        long end = address + length;
        switch (advice) {
            case MADV_POPULATE_READ -> populating.populate(address, end, Access.READ);
            case MADV_POPULATE_WRITE -> populating.populate(address, end, Access.WRITE);
            case MADV_REMOVE -> {
                tellRemoval(address, end, advice);
                remove(address, end);
            }
            default -> {
                if (isRemoval(advice)) {
                    tellRemoval(address, end, advice);
                }
                space.mapping.lock();
                try {
                    adviseLocked(address, end, advice);
                } finally {
                    space.mapping.unlock();
                }
            }
        }
    }

    private static boolean isRemoval(int advice) {
        return switch (advice) {
            case MADV_DONTNEED, MADV_DONTNEED_LOCKED, MADV_FREE -> true;
            default -> false;
        };
    }

    /** Those who answer faults are told before pages go: userfaultfd_remove. */
    private void tellRemoval(long start, long end, int advice) {
        List<UserFault> events;
        space.mapping.lock();
        try {
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                boolean refused =
                        area.locked && advice != MADV_DONTNEED_LOCKED
                                || area.file != null && advice == MADV_FREE
                                || area.file == null && advice == MADV_REMOVE;
                if (refused) {
                    break;
                }
                UserfaultEvent.tellRemovalLocked(
                        space, area, Math.max(start, area.start), Math.min(end, area.end));
            }
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
    }

    /** Merging is not built in, as on a kernel without KSM: EINVAL. */
    private static boolean isKnown(int advice) {
        return switch (advice) {
            case MADV_NORMAL,
                    MADV_RANDOM,
                    MADV_SEQUENTIAL,
                    MADV_WILLNEED,
                    MADV_DONTNEED,
                    MADV_FREE,
                    MADV_REMOVE,
                    MADV_DONTFORK,
                    MADV_DOFORK,
                    MADV_DONTDUMP,
                    MADV_DODUMP,
                    MADV_WIPEONFORK,
                    MADV_KEEPONFORK,
                    MADV_COLD,
                    MADV_PAGEOUT,
                    MADV_POPULATE_READ,
                    MADV_POPULATE_WRITE,
                    MADV_DONTNEED_LOCKED,
                    MADV_HUGEPAGE,
                    MADV_NOHUGEPAGE,
                    MADV_COLLAPSE,
                    MADV_GUARD_INSTALL,
                    MADV_GUARD_REMOVE ->
                    true;
            default -> false;
        };
    }

    /**
     * Works on every area of the range; ENOMEM for holes comes last, an area's own error at once.
     */
    private void adviseLocked(long start, long end, int advice) {
        boolean hole = false;
        long at = start;
        while (at < end) {
            int index = space.areas.firstEndingAfter(at);
            if (index == space.areas.size() || space.areas.at(index).start >= end) {
                hole = true;
                break;
            }
            Vma area = space.areas.at(index);
            hole |= area.start > at;
            long from = Math.max(at, area.start);
            long to = Math.min(end, area.end);
            adviseAreaLocked(area, from, to, advice);
            at = to;
        }
        space.areas.merge(start, end);
        if (hole) {
            throw Errno.ENOMEM.exception();
        }
    }

    private void adviseAreaLocked(Vma area, long from, long to, int advice) {
        if (area.sealed && isDiscard(advice) && area.file == null && !area.isWritable()) {
            throw Errno.EPERM.exception();
        }
        if (area.isHuge()) {
            checkHuge(from, advice);
        }
        switch (advice) {
            case MADV_DONTNEED, MADV_DONTNEED_LOCKED -> {
                if (area.isHuge()) {
                    discardHugeLocked(area, from, to);
                    return;
                }
                if (area.locked && advice == MADV_DONTNEED) {
                    throw Errno.EINVAL.exception();
                }
                discardLocked(area, from, to);
            }
            case MADV_FREE -> {
                if (area.file != null) {
                    throw Errno.EINVAL.exception();
                }
                discardLocked(area, from, to);
            }
            case MADV_COLD, MADV_PAGEOUT -> {
                if (area.locked) {
                    throw Errno.EINVAL.exception();
                }
                if (advice == MADV_PAGEOUT && area.isDroppable()) {
                    space.dropLocked(from, to, Space.Drop.EVERYTHING);
                }
            }
            case MADV_DONTFORK -> change(from, to, changed -> changed.dontFork = true);
            case MADV_DOFORK -> change(from, to, changed -> changed.dontFork = false);
            case MADV_DONTDUMP -> change(from, to, changed -> changed.dontDump = true);
            case MADV_DODUMP -> {
                checkNotDroppable(area);
                change(from, to, changed -> changed.dontDump = false);
            }
            case MADV_KEEPONFORK -> {
                checkNotDroppable(area);
                change(from, to, changed -> changed.wipeOnFork = false);
            }
            case MADV_HUGEPAGE -> change(from, to, changed -> wantHugePages(changed, true));
            case MADV_NOHUGEPAGE -> change(from, to, changed -> wantHugePages(changed, false));
            case MADV_COLLAPSE -> collapse(area, from, to);
            case MADV_GUARD_INSTALL -> {
                if (area.locked) {
                    throw Errno.EINVAL.exception();
                }
                space.checkMarksLocked();
                space.changeMarksLocked(from, to, PageMarks.ALL, PageMarks.GUARDED);
                space.dropLocked(from, to, Space.Drop.EVERYTHING);
            }
            case MADV_GUARD_REMOVE -> {
                space.changeMarksLocked(from, to, PageMarks.GUARDED, 0);
                if (area.guard) {
                    change(from, to, changed -> changed.guard = false);
                }
            }
            case MADV_WIPEONFORK -> {
                if (area.file != null) {
                    throw Errno.EINVAL.exception();
                }
                change(from, to, changed -> changed.wipeOnFork = true);
            }
            default -> {
                // Hints about reading ahead: nothing is read slowly here.
            }
        }
    }

    /** What is not for huge pages of the pool, or for whole ones only: EINVAL. */
    private static void checkHuge(long from, int advice) {
        boolean refused =
                switch (advice) {
                    case MADV_DONTNEED, MADV_DONTNEED_LOCKED -> from != HugePages.floor(from);
                    case MADV_COLD,
                            MADV_PAGEOUT,
                            MADV_COLLAPSE,
                            MADV_GUARD_INSTALL,
                            MADV_GUARD_REMOVE ->
                            true;
                    default -> false;
                };
        if (refused) {
            throw Errno.EINVAL.exception();
        }
    }

    /** is_discard() of mm/madvise.c. */
    private static boolean isDiscard(int advice) {
        return switch (advice) {
            case MADV_FREE,
                    MADV_DONTNEED,
                    MADV_DONTNEED_LOCKED,
                    MADV_REMOVE,
                    MADV_DONTFORK,
                    MADV_WIPEONFORK,
                    MADV_GUARD_INSTALL ->
                    true;
            default -> false;
        };
    }

    private static void checkNotDroppable(Vma area) {
        if (area.isDroppable()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** There is no huge page to be had: ENOMEM where one is wanted, mm/khugepaged.c. */
    private void collapse(Vma area, long from, long to) {
        if (area.noHugePages
                || area.isSecret()
                || space.hugePageUse == HugePageUse.NONE
                || !HugePages.fitIn(area.start, area.end)) {
            throw Errno.EINVAL.exception();
        }
        if (HugePages.fitIn(from, to)) {
            throw Errno.ENOMEM.exception();
        }
    }

    private static void wantHugePages(Vma area, boolean wanted) {
        area.hugePages = wanted;
        area.noHugePages = !wanted;
    }

    private void change(long from, long to, java.util.function.Consumer<Vma> change) {
        space.areas.isolate(from, to);
        space.areas.change(from, to, change);
    }

    private void discardLocked(Vma area, long from, long to) {
        if (area.file == null
                && area.userfault == null
                && to - from <= EMPTY_IN_PLACE_BYTES
                && emptyInPlaceLocked(from, to)) {
            return;
        }
        space.discardLocked(area, from, to);
    }

    /** The end is rounded down, so that nobody loses what he did not mean. */
    private void discardHugeLocked(Vma area, long from, long to) {
        HugeReserve reserve = area.hugeReserve;
        if (reserve != null) {
            reserve.discardLocked(space, area, from, HugePages.floor(to));
        } else {
            space.discardLocked(area, from, HugePages.floor(to));
        }
    }

    /** Zeroes a run of pages that nobody else holds where they are; false if it is no such run. */
    private boolean emptyInPlaceLocked(long from, long to) {
        long entry = space.table.get(from);
        long length = to - from;
        if (entry == 0
                || !Pte.is(entry, Pte.PAGE_WRITABLE)
                || space.table.runEnd(from, to) != to
                || !space.file.isExclusive(Pte.offset(entry), length)) {
            return false;
        }
        space.file.clearInPlace(Pte.offset(entry), length);
        return true;
    }

    private record Hole(Mappable file, long offset, long lengthBytes) {}

    /**
     * MADV_REMOVE: punches the file, without the mapping lock, because that comes back to
     * invalidate.
     */
    private void remove(long start, long end) {
        List<Hole> holes = new ArrayList<>();
        boolean complete;
        space.mapping.lock();
        try {
            complete = space.areas.covers(start, end);
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                Mappable file = area.file;
                if (area.locked || file == null) {
                    throw Errno.EINVAL.exception();
                }
                if (!area.writesFile()) {
                    throw Errno.EACCES.exception();
                }
                long from = Math.max(start, area.start);
                holes.add(new Hole(file, area.fileOffset(from), Math.min(end, area.end) - from));
            }
        } finally {
            space.mapping.unlock();
        }
        for (Hole hole : holes) {
            hole.file().punch(hole.offset(), hole.lengthBytes());
        }
        if (!complete) {
            throw Errno.ENOMEM.exception();
        }
    }
}
