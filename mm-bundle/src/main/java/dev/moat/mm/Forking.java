package dev.moat.mm;

import dev.moat.api.platform.AddressSpace;

/**
 * fork(2): areas and entries are copied, private pages become copy-on-write in both. The parent is
 * protected before the platform copies its mappings, so that the copy is protected, too, at no
 * further cost.
 */
final class Forking {
    private final Space parent;

    Forking(Space parent) {
        this.parent = parent;
    }

    Space fork() {
        parent.mapping.lock();
        try {
            protectLocked();
            AddressSpace platform = parent.platform.fork();
            Space child = new Space(parent.memory.newId(), parent.memory, parent.session, platform);
            child.mapping.lock();
            try {
                child.mmapBase = parent.mmapBase;
                child.breakStart = parent.breakStart;
                child.breakEnd = parent.breakEnd;
                child.limits = parent.limits;
                copyLocked(child);
            } finally {
                child.mapping.unlock();
            }
            return child;
        } finally {
            parent.mapping.unlock();
        }
    }

    /** Takes the right to write private pages away, in entries and platform. */
    private void protectLocked() {
        VmaMap areas = parent.areas;
        long stamp = parent.pages.writeLock();
        try {
            for (int i = 0; i < areas.size(); i++) {
                Vma area = areas.at(i);
                if (!area.isShared() && !area.dontFork) {
                    parent.table.changeFlags(
                            area.start, area.end, Pte.PAGE_WRITABLE | Pte.WRITE, 0);
                }
            }
        } finally {
            parent.pages.unlockWrite(stamp);
        }
        for (int i = 0; i < areas.size(); i++) {
            Vma area = areas.at(i);
            if (!area.isShared() && !area.dontFork && area.isWritable()) {
                parent.protectLocked(area, area.start, area.end);
            }
        }
        parent.platform.sync();
    }

    private void copyLocked(Space child) {
        VmaMap areas = parent.areas;
        for (int i = 0; i < areas.size(); i++) {
            Vma area = areas.at(i);
            if (area.dontFork || area.wipeOnFork) {
                if (parent.table.nextPresent(area.start, area.end) < area.end) {
                    child.platform.unmap(area.start, area.length());
                }
            }
            if (area.dontFork) {
                continue;
            }
            Vma copy = area.part(area.start, area.end);
            copy.locked = false;
            // Without UFFD_FEATURE_EVENT_FORK.
            copy.userfault = null;
            copy.guard &= !area.wipeOnFork;
            child.areas.insert(copy);
            if (!area.wipeOnFork) {
                copyEntriesLocked(child, area);
            }
        }
    }

    private void copyEntriesLocked(Space child, Vma area) {
        long at = parent.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long runEnd = parent.table.runEnd(at, area.end);
            long entry = parent.table.get(at);
            parent.file.retain(Pte.offset(entry), runEnd - at);
            child.installLocked(at, runEnd, entry);
            at = parent.table.nextPresent(runEnd, area.end);
        }
    }
}
