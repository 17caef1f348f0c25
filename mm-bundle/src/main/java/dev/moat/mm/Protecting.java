package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;

/** mprotect(2): mm/mprotect.c. */
@Stateful
final class Protecting {
    private static final int KNOWN_PROT = 7 | MemoryFlags.PROT_SEM;
    private static final int GROWS = MemoryFlags.PROT_GROWSDOWN | MemoryFlags.PROT_GROWSUP;

    private final Space space;

    Protecting(Space space) {
        this.space = space;
    }

    void protect(long address, long lengthBytes, int prot) {
        int grows = prot & GROWS;
        if (grows == GROWS || !Pages.isAligned(address)) {
            throw Errno.EINVAL.exception();
        }
        if (lengthBytes == 0) {
            return;
        }
        long length = Pages.ceil(lengthBytes);
        long end = address + length;
        if (Long.compareUnsigned(end, address) <= 0) {
            throw Errno.ENOMEM.exception();
        }
        if ((prot & ~GROWS & ~KNOWN_PROT) != 0) {
            throw Errno.EINVAL.exception();
        }
        // A range that reaches into the kernel's half ends in a hole like others.
        long last = end < 0 ? Pages.floor(Long.MAX_VALUE) : end;
        space.mapping.lock();
        try {
            protectLocked(address, last, prot & 7, grows);
        } finally {
            space.mapping.unlock();
        }
    }

    private void protectLocked(long address, long end, int prot, int grows) {
        Vma first = address < 0 ? null : space.areas.find(address);
        long start = address;
        if (grows == MemoryFlags.PROT_GROWSDOWN) {
            int index = space.areas.firstEndingAfter(address);
            if (index == space.areas.size() || space.areas.at(index).start >= end) {
                throw Errno.ENOMEM.exception();
            }
            first = space.areas.at(index);
            start = first.start;
            if (!first.growsDown()) {
                throw Errno.EINVAL.exception();
            }
        } else if (first == null) {
            throw Errno.ENOMEM.exception();
        } else if (grows != 0) {
            throw Errno.EINVAL.exception();
        }
        boolean weaker = false;
        long at = start;
        try {
            while (at < end) {
                Vma area = space.areas.find(at);
                if (area == null) {
                    throw Errno.ENOMEM.exception();
                }
                long to = Math.min(end, area.end);
                weaker |= changeLocked(area, at, to, prot);
                at = to;
            }
        } finally {
            space.areas.merge(start, at);
            if (weaker) {
                space.platform.sync();
            }
        }
    }

    /** Changes a part of one area; whether something was taken away. */
    private boolean changeLocked(Vma area, long start, long end, int prot) {
        if ((prot & ~area.maxProt) != 0) {
            throw Errno.EACCES.exception();
        }
        if (area.sealed) {
            throw Errno.EPERM.exception();
        }
        if (area.prot == prot) {
            return false;
        }
        boolean becomesData =
                (prot & MemoryFlags.PROT_WRITE) != 0 && !area.isWritable() && !area.isShared();
        if (becomesData && space.areas.dataBytes() + (end - start) > space.limits.dataBytes()) {
            throw Errno.ENOMEM.exception();
        }
        boolean splits = area.start < start || area.end > end;
        if (splits && !space.areas.hasRoom()) {
            throw Errno.ENOMEM.exception();
        }
        boolean weaker = (area.prot & ~prot) != 0;
        space.areas.isolate(start, end);
        space.areas.change(start, end, changed -> changed.prot = prot);
        Vma changed = space.areas.find(start);
        if (changed != null) {
            updateEntriesLocked(changed, start, end, prot);
        }
        return weaker;
    }

    private void updateEntriesLocked(Vma area, long start, long end, int prot) {
        long stamp = space.pages.writeLock();
        try {
            long at = space.table.nextPresent(start, end);
            while (at < end) {
                long runEnd = space.table.runEnd(at, end);
                long rights = Pte.rights(space.table.get(at), prot);
                space.table.changeFlags(at, runEnd, Pte.READ | Pte.WRITE, rights);
                at = space.table.nextPresent(runEnd, end);
            }
        } finally {
            space.pages.unlockWrite(stamp);
        }
        space.protectLocked(area, start, end);
    }
}
