package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;

/** Makes ranges present ahead of use: MAP_POPULATE, mlock(2), MADV_POPULATE_*. */
@Stateful
final class Populating {
    private final Space space;
    private final FaultHandler faults;

    Populating(Space space, FaultHandler faults) {
        this.space = space;
        this.faults = faults;
    }

    /** Makes the page at {@code address}, and what comes with it, present if that is possible. */
    void fetchQuietly(long address, Access access) {
        faults.handle(address, access, false);
    }

    /**
     * As far as memory and rights go; writable private areas are written.
     *
     * @return whether nothing is missing but holes
     */
    boolean populateQuietly(long start, long end) {
        long at = start;
        while (at < end) {
            Access access = Access.READ;
            space.mapping.lock();
            try {
                int index = space.areas.firstEndingAfter(at);
                if (index == space.areas.size() || space.areas.at(index).start >= end) {
                    return true;
                }
                Vma area = space.areas.at(index);
                at = Math.max(at, area.start);
                if ((area.prot & 7) == 0 || area.isSecret()) {
                    return false;
                }
                access = area.isWritable() && !area.isShared() ? Access.WRITE : Access.READ;
                at = nextMissingLocked(area, at, Math.min(end, area.end), access);
                if (at >= Math.min(end, area.end)) {
                    continue;
                }
                expectSequenceLocked(area, at, end);
            } finally {
                space.mapping.unlock();
            }
            if (faults.handle(at, access, false) != FaultResult.RESOLVED) {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes every page of the range present for {@code access}.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM for holes and without memory; EINVAL where the
     *     access is not allowed; EFAULT where the file has no page
     */
    void populate(long start, long end, Access access) {
        long at = start;
        while (at < end) {
            space.mapping.lock();
            try {
                Vma area = space.areas.find(at);
                if (area == null) {
                    throw Errno.ENOMEM.exception();
                }
                if (area.isSecret()
                        || access == Access.READ && (area.prot & MemoryFlags.PROT_READ) == 0) {
                    throw Errno.EINVAL.exception();
                }
                if (area.guard) {
                    throw Errno.EFAULT.exception();
                }
                at = nextMissingLocked(area, at, Math.min(end, area.end), access);
                if (at >= Math.min(end, area.end)) {
                    continue;
                }
                if ((space.marksLocked(at) & PageMarks.GUARDED) != 0) {
                    throw Errno.EFAULT.exception();
                }
                expectSequenceLocked(area, at, end);
            } finally {
                space.mapping.unlock();
            }
            switch (faults.handle(at, access, false)) {
                case RESOLVED -> {}
                case OUT_OF_MEMORY, NOT_MAPPED -> throw Errno.ENOMEM.exception();
                case NOT_PERMITTED -> throw Errno.EINVAL.exception();
                case BUS_ERROR, USER_FAULT -> throw Errno.EFAULT.exception();
            }
        }
    }

    private long nextMissingLocked(Vma area, long from, long end, Access access) {
        long needed = access == Access.WRITE ? Pte.WRITE : Pte.READ;
        long at = from;
        while (at < end && Pte.is(space.table.get(at), needed)) {
            at = space.table.runEnd(at, end);
        }
        return at;
    }

    /** The next fault gets a window of what is wanted. */
    private static void expectSequenceLocked(Vma area, long at, long end) {
        if (!area.growsDown()) {
            area.nextFault = at;
            long wanted = (end - at) >>> Pages.SHIFT;
            // Doubled by the fault, which follows the one before.
            area.windowPages = (int) Math.clamp(wanted / 2, 1, Windows.MAX_PAGES / 2);
        }
    }
}
