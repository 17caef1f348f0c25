package dev.moat.mm;

import dev.moat.api.mm.Mappable.Mapper;
import dev.moat.api.swap.Stateful;

/** Answers faults on huge pages of the pool: hugetlb_fault() of mm/hugetlb.c. */
@Stateful
final class HugeFaults {
    private final Space space;

    HugeFaults(Space space) {
        this.space = space;
    }

    /** What an attempt came to. */
    enum Outcome {
        RESOLVED,
        /** SIGBUS: behind the end of the file, or the pool has no page. */
        BUS_ERROR,
        /**
         * As {@link #BUS_ERROR}, unless those who share a page lose it: {@link #takeFromOthers}.
         */
        NEEDS_OTHERS
    }

    /** With the mapping lock; the area is one of huge pages. */
    Outcome resolveLocked(
            FaultRequest request, Vma area, HugeFile file, long entry, boolean write) {
        long start = HugePages.floor(request.page);
        long index = area.fileOffset(start) >>> HugePages.SHIFT;
        if (area.isShared()) {
            return installLocked(area, start, file.fault(index), Pte.PAGE_WRITABLE);
        }
        if (entry != 0) {
            return breakLocked(area, file, start, index);
        }
        if (area.hugeLost) {
            return Outcome.BUS_ERROR;
        }
        long known = file.find(index);
        if (known == HugeFile.BEHIND_END) {
            return Outcome.BUS_ERROR;
        }
        if (known != HugeFile.ABSENT && !write) {
            return installLocked(area, start, known, 0);
        }
        try {
            long frame = take(area, file, index, false);
            if (frame >= 0 && known >= 0) {
                copy(known, frame);
            }
            return installLocked(area, start, frame, Pte.ANONYMOUS | Pte.PAGE_WRITABLE);
        } finally {
            if (known >= 0) {
                space.file.release(known, HugePages.BYTES);
            }
        }
    }

    private Outcome installLocked(Vma area, long start, long frame, long flags) {
        if (frame < 0) {
            return Outcome.BUS_ERROR;
        }
        long end = start + HugePages.BYTES;
        space.installLocked(start, end, Pte.make(frame, Pte.HUGE | flags, area.prot));
        space.mapLocked(area, start, end, Space.Entering.AT_ONCE);
        return Outcome.RESOLVED;
    }

    /** A write to a page of a private mapping that others have, or had: hugetlb_wp(). */
    private Outcome breakLocked(Vma area, HugeFile file, long start, long index) {
        long end = start + HugePages.BYTES;
        long entry = space.table.get(start);
        boolean own = Pte.is(entry, Pte.ANONYMOUS);
        if (own && space.file.isExclusive(Pte.offset(entry), HugePages.BYTES)) {
            space.changeFlagsLocked(
                    start, end, 0, Pte.PAGE_WRITABLE | Pte.rights(Pte.PAGE_WRITABLE, area.prot));
            space.protectLocked(area, start, end);
            space.mapLocked(area, start, end);
            return Outcome.RESOLVED;
        }
        // What was promised for this page is the page that a child has now, too.
        boolean fromOwner = own && area.hugeReserve != null;
        long frame = take(area, file, index, fromOwner);
        if (frame < 0) {
            return fromOwner ? Outcome.NEEDS_OTHERS : Outcome.BUS_ERROR;
        }
        copy(Pte.offset(entry), frame);
        space.replaceLocked(
                start,
                end,
                Pte.make(frame, Pte.HUGE | Pte.ANONYMOUS | Pte.PAGE_WRITABLE, area.prot));
        space.mapLocked(area, start, end, Space.Entering.AT_ONCE);
        space.platform.sync();
        space.releaseDroppedLocked();
        return Outcome.RESOLVED;
    }

    /** A page for a private mapping; {@link HugePool#NONE}. */
    private static long take(Vma area, HugeFile file, long index, boolean unpromised) {
        HugeReserve reserve = area.hugeReserve;
        boolean promised = reserve != null && !unpromised && reserve.has(index);
        long frame = file.pool.take(file.share, promised);
        if (frame >= 0 && reserve != null) {
            reserve.take(index);
        }
        return frame;
    }

    private void copy(long from, long to) {
        space.file.segment(to, HugePages.BYTES).copyFrom(space.file.segment(from, HugePages.BYTES));
    }

    /**
     * A process keeps the pages that it was promised: those to whom it lent one by fork(2) lose it,
     * and get SIGBUS when they touch it. Without locks. Source: unmap_ref_private().
     */
    void takeFromOthers(long page) {
        HugeFile file;
        long offset;
        space.mapping.lock();
        try {
            Vma area = space.areas.find(page);
            file = area == null ? null : area.hugeFile();
            if (area == null || file == null) {
                return;
            }
            offset = area.fileOffset(HugePages.floor(page));
        } finally {
            space.mapping.unlock();
        }
        for (Mapper mapper : file.mappers()) {
            if (mapper instanceof Space other && other != space) {
                lose(other, file, offset);
            }
        }
    }

    private static void lose(Space other, HugeFile file, long offset) {
        other.mapping.lock();
        try {
            for (int i = 0; i < other.areas.size(); i++) {
                Vma area = other.areas.at(i);
                if (area.hugeFile() != file
                        || area.isShared()
                        || area.hugeReserve != null
                        || offset < area.offset
                        || offset >= area.offset + area.length()) {
                    continue;
                }
                long start = area.start + (offset - area.offset);
                if (Pte.is(other.table.get(start), Pte.ANONYMOUS)) {
                    other.dropLocked(start, start + HugePages.BYTES, Space.Drop.EVERYTHING);
                    area.hugeLost = true;
                }
            }
        } finally {
            other.mapping.unlock();
        }
    }
}
