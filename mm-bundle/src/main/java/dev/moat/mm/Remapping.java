package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import java.util.List;

/** mremap(2): mm/mremap.c. Pages move by their entries, never by copying. */
@Stateful
final class Remapping {
    private static final int KNOWN =
            MemoryFlags.MREMAP_MAYMOVE | MemoryFlags.MREMAP_FIXED | MemoryFlags.MREMAP_DONTUNMAP;

    private final Space space;
    private final Mapping mapping;

    Remapping(Space space, Mapping mapping) {
        this.space = space;
        this.mapping = mapping;
    }

    long remap(
            long oldAddr,
            long oldLengthBytes,
            long newLengthBytes,
            int flags,
            long newAddr,
            boolean unlimited) {
        boolean mayMove = (flags & MemoryFlags.MREMAP_MAYMOVE) != 0;
        boolean fixed = (flags & MemoryFlags.MREMAP_FIXED) != 0;
        boolean keep = (flags & MemoryFlags.MREMAP_DONTUNMAP) != 0;
        if ((flags & ~KNOWN) != 0
                || fixed && !mayMove
                || keep && (!mayMove || Pages.ceil(oldLengthBytes) != Pages.ceil(newLengthBytes))
                || !Pages.isAligned(oldAddr)) {
            throw Errno.EINVAL.exception();
        }
        long oldLength = Pages.ceil(oldLengthBytes);
        long newLength = Pages.ceil(newLengthBytes);
        if (newLength == 0 || !space.isUserRange(0, newLength)) {
            throw Errno.EINVAL.exception();
        }
        if (fixed || keep) {
            checkTarget(oldAddr, oldLength, newLength, newAddr);
        }
        long lockable = unlimited ? Long.MAX_VALUE : space.limits.lockedBytes();
        List<UserFault> events;
        long address;
        space.mapping.lock();
        try {
            Vma area = oldAddr < 0 ? null : space.areas.find(oldAddr);
            if (area == null) {
                throw Errno.EFAULT.exception();
            }
            checkNotSealed(area);
            boolean several = fixed && oldLength == newLength && oldLength > area.end - oldAddr;
            if (area.isHuge() && !several) {
                oldLength = HugePages.ceil(oldLength);
                newLength = HugePages.ceil(newLength);
                checkHuge(oldAddr, oldLength, newLength, newAddr, keep);
                if (fixed) {
                    checkRange(newAddr, newLength);
                }
            }
            if (several) {
                moveAreasLocked(oldAddr, oldLength, newAddr, keep);
                address = newAddr;
            } else if (fixed || keep) {
                address =
                        moveToLocked(area, oldAddr, oldLength, newLength, flags, newAddr, lockable);
            } else if (Long.compareUnsigned(newLength, oldLength) <= 0) {
                address = shrinkLocked(oldAddr, oldLength, newLength);
            } else {
                address = growLocked(area, oldAddr, oldLength, newLength, mayMove, lockable);
            }
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
        return address;
    }

    private long shrinkLocked(long oldAddr, long oldLength, long newLength) {
        if (newLength != oldLength) {
            checkRange(oldAddr, oldLength);
            mapping.unmapLocked(oldAddr + newLength, oldAddr + oldLength);
        }
        return oldAddr;
    }

    /** align_hugetlb(): what was promised for a mapping does not grow with it. */
    private static void checkHuge(
            long oldAddr, long oldLength, long newLength, long newAddr, boolean keep) {
        if (((oldAddr | newAddr) & HugePages.BYTES - 1) != 0 || newLength > oldLength || keep) {
            throw Errno.EINVAL.exception();
        }
    }

    private void checkRange(long address, long length) {
        if (!space.isUserRange(address, length)) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void checkNotSealed(Vma area) {
        if (area.sealed) {
            throw Errno.EPERM.exception();
        }
    }

    private void checkTarget(long oldAddr, long oldLength, long newLength, long newAddr) {
        if (!Pages.isAligned(newAddr)
                || !space.isUserRange(newAddr, newLength)
                || Long.compareUnsigned(oldAddr + oldLength, newAddr) > 0
                        && Long.compareUnsigned(newAddr + newLength, oldAddr) > 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private long growLocked(
            Vma area,
            long oldAddr,
            long oldLength,
            long newLength,
            boolean mayMove,
            long lockable) {
        checkResizeLocked(area, oldAddr, oldLength, newLength, lockable);
        long growth = newLength - oldLength;
        if (oldLength > 0 && oldAddr + oldLength == area.end && canExtendLocked(area, growth)) {
            long oldEnd = area.end;
            space.areas.resize(area, area.start, area.end + growth);
            space.areas.merge(oldEnd, area.end);
            return oldAddr;
        }
        if (!mayMove) {
            throw Errno.ENOMEM.exception();
        }
        int flags = area.flags & MemoryFlags.MAP_SHARED;
        long target = mapping.placement().findLocked(0, newLength, flags);
        moveLocked(area, oldAddr, oldLength, newLength, target, false);
        return target;
    }

    private boolean canExtendLocked(Vma area, long growth) {
        // A guard gap below a stack does not count: vma_expandable.
        return growth <= space.high - area.end
                && !space.areas.intersects(area.end, area.end + growth);
    }

    /** vma_to_resize. */
    private void checkResizeLocked(
            Vma area, long oldAddr, long oldLength, long newLength, long lockable) {
        if (oldLength == 0 && !area.isShared()) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(oldLength, area.end - oldAddr) > 0) {
            throw Errno.EFAULT.exception();
        }
        if (newLength <= oldLength) {
            return;
        }
        if (area.file != null && area.fileOffset(oldAddr) + newLength < 0) {
            throw Errno.EINVAL.exception();
        }
        long growth = newLength - oldLength;
        if (area.locked && growth > lockable - space.areas.lockedBytes()) {
            throw Errno.EAGAIN.exception();
        }
        checkRoomLocked(area, growth);
    }

    private void checkRoomLocked(Vma area, long growth) {
        if (space.areas.totalBytes() + growth > space.limits.addressSpaceBytes()
                || area.isData() && space.areas.dataBytes() + growth > space.limits.dataBytes()
                || growth > space.high - space.low) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** mremap_to. */
    private long moveToLocked(
            Vma area,
            long oldAddr,
            long oldLength,
            long newLength,
            int flags,
            long newAddr,
            long lockable) {
        boolean fixed = (flags & MemoryFlags.MREMAP_FIXED) != 0;
        boolean keep = (flags & MemoryFlags.MREMAP_DONTUNMAP) != 0;
        long target = newAddr;
        boolean shrinks = Long.compareUnsigned(newLength, oldLength) < 0;
        checkResizeLocked(area, oldAddr, shrinks ? newLength : oldLength, newLength, lockable);
        if (shrinks) {
            checkRange(oldAddr, oldLength);
        }
        if (fixed) {
            if (newAddr < space.low) {
                throw Errno.EPERM.exception();
            }
            mapping.unmapLocked(newAddr, newAddr + newLength);
        }
        long length = oldLength;
        if (shrinks) {
            mapping.unmapLocked(oldAddr + newLength, oldAddr + oldLength);
            length = newLength;
        }
        Vma source = space.areas.find(oldAddr);
        if (source == null) {
            throw Errno.EFAULT.exception();
        }
        checkResizeLocked(source, oldAddr, length, newLength, lockable);
        if (keep) {
            checkRoomLocked(source, length);
        }
        if (!fixed) {
            target = mapping.placement().findLocked(newAddr, newLength, 0);
        }
        moveLocked(source, oldAddr, length, newLength, target, keep);
        return target;
    }

    /**
     * Several areas move together, the holes between them apart: remap_move, Linux 6.17. One that
     * may not be moved stays with those behind it, when those before it have moved.
     */
    private void moveAreasLocked(long oldAddr, long length, long newAddr, boolean keep) {
        if (newAddr < space.low) {
            throw Errno.EPERM.exception();
        }
        checkRange(oldAddr, length);
        long end = oldAddr + length;
        long at = oldAddr;
        while (at < end) {
            int index = space.areas.firstEndingAfter(at);
            if (index == space.areas.size() || space.areas.at(index).start >= end) {
                return;
            }
            Vma area = space.areas.at(index);
            long from = Math.max(at, area.start);
            long to = Math.min(end, area.end);
            long target = newAddr + (from - oldAddr);
            checkNotSealed(area);
            if (area.isHuge()) {
                to = HugePages.ceil(to);
                checkHuge(from, to - from, to - from, target, keep);
                checkRange(target, to - from);
            }
            if (keep) {
                checkRoomLocked(area, to - from);
            }
            mapping.unmapLocked(target, target + (to - from));
            moveLocked(area, from, to - from, to - from, target, keep);
            at = to;
        }
    }

    private void moveLocked(
            Vma source, long oldAddr, long oldLength, long newLength, long target, boolean keep) {
        if (!space.areas.hasRoom(3)) {
            throw Errno.ENOMEM.exception();
        }
        Vma moved = source.part(oldAddr, Math.max(oldAddr + oldLength, oldAddr + Pages.BYTES));
        moved.start = target;
        moved.end = target + newLength;
        boolean told = UserfaultEvent.tellMoveLocked(space, source, oldAddr, target, oldLength);
        if (!told) {
            moved.userfault = null;
            moved.userfaultModes = 0;
        }
        space.areas.insert(moved);
        if (oldLength > 0) {
            moveEntriesLocked(moved, oldAddr, oldAddr + oldLength, target);
            moveMarksLocked(moved, oldAddr, oldAddr + oldLength, target);
            if (!keep) {
                UserfaultEvent.tellUnmapLocked(space, oldAddr, oldAddr + oldLength);
                leaveReserveLocked(oldAddr, oldAddr + oldLength);
                space.areas.remove(oldAddr, oldAddr + oldLength);
            } else {
                space.areas.isolate(oldAddr, oldAddr + oldLength);
                space.areas.change(oldAddr, oldAddr + oldLength, left -> left.locked = false);
                space.areas.merge(oldAddr, oldAddr + oldLength);
            }
        }
        space.areas.merge(target, target + newLength);
    }

    /** What was promised has moved: it does not go with the former place. */
    private void leaveReserveLocked(long start, long end) {
        space.areas.isolate(start, end);
        space.areas.change(start, end, left -> left.hugeReserve = null);
    }

    private void moveMarksLocked(Vma moved, long start, long end, long target) {
        int kept = moved.userfault == null ? PageMarks.LASTING : PageMarks.ALL;
        space.copyMarksLocked(start, end, space, target - start, kept);
        space.changeMarksLocked(start, end, PageMarks.ALL, 0);
    }

    private void moveEntriesLocked(Vma moved, long start, long end, long target) {
        boolean mapped = false;
        long stamp = space.pages.writeLock();
        try {
            long at = space.table.nextPresent(start, end);
            while (at < end) {
                long runEnd = space.table.runEnd(at, end);
                long entry = space.table.get(at);
                mapped |= Pte.is(entry, Pte.MAPPED);
                space.table.clear(at, runEnd);
                long to = target + (at - start);
                space.table.setRun(to, to + (runEnd - at), moved(entry, moved));
                at = space.table.nextPresent(runEnd, end);
            }
        } finally {
            space.pages.unlockWrite(stamp);
        }
        if (mapped) {
            space.platform.unmap(start, end - start);
            space.mapLocked(moved, target, target + (end - start));
            space.platform.sync();
        }
    }

    /** An entry in its new place: without the protection of a process that is told of nothing. */
    private static long moved(long entry, Vma area) {
        long kept = area.userfault == null ? entry & ~Pte.PROTECTED : entry;
        return kept & ~Pte.MAPPED | Pte.rights(kept, area.prot);
    }
}
