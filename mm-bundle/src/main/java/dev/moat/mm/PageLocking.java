package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;

/**
 * mlock(2) and its family: mm/mlock.c. Guest memory is never paged out by Moat, so locking is
 * making present and bookkeeping.
 */
@Stateful
final class PageLocking {
    private static final int ALL_FLAGS =
            MemoryFlags.MCL_CURRENT | MemoryFlags.MCL_FUTURE | MemoryFlags.MCL_ONFAULT;

    private final Space space;
    private final Populating populating;

    PageLocking(Space space, Populating populating) {
        this.space = space;
        this.populating = populating;
    }

    void lock(long address, long lengthBytes, int flags, boolean unlimited) {
        if ((flags & ~MemoryFlags.MLOCK_ONFAULT) != 0) {
            throw Errno.EINVAL.exception();
        }
        long limit = unlimited ? Long.MAX_VALUE : space.limits.lockedBytes();
        if (limit == 0) {
            throw Errno.EPERM.exception();
        }
        long start = Pages.floor(address);
        long end = end(address, lengthBytes);
        space.mapping.lock();
        try {
            long added = end - start - lockedWithinLocked(start, end);
            if (space.areas.lockedBytes() + added > limit) {
                throw Errno.ENOMEM.exception();
            }
            changeLocked(start, end, true);
        } finally {
            space.mapping.unlock();
        }
        if ((flags & MemoryFlags.MLOCK_ONFAULT) == 0) {
            populate(start, end);
        } else if (hasSecret(start, end)) {
            // Never locked on fault, and never populated: mlock_fixup(), mm/mlock.c.
            throw Errno.ENOMEM.exception();
        }
    }

    /** Whether some of a range is secret: memfd_secret(2). */
    boolean hasSecret(long start, long end) {
        space.mapping.lock();
        try {
            VmaMap areas = space.areas;
            for (int i = areas.firstEndingAfter(start);
                    i < areas.size() && areas.at(i).start < end;
                    i++) {
                if (areas.at(i).isSecret()) {
                    return true;
                }
            }
            return false;
        } finally {
            space.mapping.unlock();
        }
    }

    /** __mlock_posix_error_return: what cannot be accessed is ENOMEM, lack of memory EAGAIN. */
    private void populate(long start, long end) {
        if (!populating.populateQuietly(start, end)) {
            throw Errno.ENOMEM.exception();
        }
    }

    void unlock(long address, long lengthBytes) {
        space.mapping.lock();
        try {
            changeLocked(Pages.floor(address), end(address, lengthBytes), false);
        } finally {
            space.mapping.unlock();
        }
    }

    void lockAll(int flags, boolean unlimited) {
        if (flags == 0 || (flags & ~ALL_FLAGS) != 0 || flags == MemoryFlags.MCL_ONFAULT) {
            throw Errno.EINVAL.exception();
        }
        long limit = unlimited ? Long.MAX_VALUE : space.limits.lockedBytes();
        if (limit == 0) {
            throw Errno.EPERM.exception();
        }
        boolean current = (flags & MemoryFlags.MCL_CURRENT) != 0;
        space.mapping.lock();
        try {
            if (current && space.areas.totalBytes() > limit) {
                throw Errno.ENOMEM.exception();
            }
            space.lockFuture = (flags & MemoryFlags.MCL_FUTURE) != 0;
            if (current) {
                space.areas.change(0, space.high, area -> area.setLocked(true));
            }
        } finally {
            space.mapping.unlock();
        }
        if (current && (flags & MemoryFlags.MCL_ONFAULT) == 0) {
            populateAll();
        }
    }

    boolean locksFuture() {
        space.mapping.lock();
        try {
            return space.lockFuture;
        } finally {
            space.mapping.unlock();
        }
    }

    void unlockAll() {
        space.mapping.lock();
        try {
            space.lockFuture = false;
            space.areas.change(0, space.high, area -> area.setLocked(false));
            space.areas.merge(0, space.high);
        } finally {
            space.mapping.unlock();
        }
    }

    /** Area by area: what one cannot get does not keep the others from theirs. */
    private void populateAll() {
        long at = 0;
        while (true) {
            long start;
            long end;
            space.mapping.lock();
            try {
                int index = space.areas.firstEndingAfter(at);
                if (index == space.areas.size()) {
                    return;
                }
                start = space.areas.at(index).start;
                end = space.areas.at(index).end;
            } finally {
                space.mapping.unlock();
            }
            populating.populateQuietly(start, end);
            at = end;
        }
    }

    /** apply_vma_lock_flags: locks up to the first hole, which gives ENOMEM. */
    private void changeLocked(long start, long end, boolean locked) {
        if (start >= end) {
            return;
        }
        if (!space.isUserRange(start, end - start) || space.areas.find(start) == null) {
            throw Errno.ENOMEM.exception();
        }
        long covered = start;
        for (int i = space.areas.firstEndingAfter(start);
                i < space.areas.size() && covered < end;
                i++) {
            if (space.areas.at(i).start > covered) {
                break;
            }
            covered = space.areas.at(i).end;
        }
        long to = Math.min(end, covered);
        isolateLocked(start);
        isolateLocked(to);
        space.areas.change(start, to, area -> area.setLocked(locked));
        space.areas.merge(start, to);
        if (to < end) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** Huge pages are never locked, so that no border is needed among them: mlock_fixup(). */
    private void isolateLocked(long border) {
        Vma area = space.areas.find(border);
        if (area != null && !area.isHuge()) {
            space.areas.isolate(border, border);
        }
    }

    private long lockedWithinLocked(long start, long end) {
        long bytes = 0;
        VmaMap areas = space.areas;
        for (int i = areas.firstEndingAfter(Math.max(0, start));
                i < areas.size() && areas.at(i).start < end;
                i++) {
            if (areas.at(i).locked) {
                bytes += Math.min(end, areas.at(i).end) - Math.max(start, areas.at(i).start);
            }
        }
        return bytes;
    }

    private static long end(long address, long lengthBytes) {
        long start = Pages.floor(address);
        long length = Pages.ceil(lengthBytes + (address & Pages.MASK));
        if (Long.compareUnsigned(start + length, start) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (length == 0) {
            return start;
        }
        if (start < 0 || start + length < 0) {
            throw Errno.ENOMEM.exception();
        }
        return start + length;
    }
}
