package dev.moat.mm;

import dev.moat.abi.Userfaultfd;
import dev.moat.api.platform.AddressSpace;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * fork(2): areas and entries are copied, private pages become copy-on-write in both. The parent is
 * protected before the platform copies its mappings, so that the copy is protected, too, at no
 * further cost.
 */
final class Forking {
    private final Space parent;

    /** What the processes that answer faults of the parent are told, by their files. */
    private final Map<UserfaultFile, UserfaultEvent> events = new IdentityHashMap<>();

    Forking(Space parent) {
        this.parent = parent;
    }

    /** On the parent's thread, which waits until everybody is told: ENOMEM. */
    Space fork() {
        Space child = copy();
        parent.awaitTold(List.copyOf(events.values()));
        return child;
    }

    private Space copy() {
        parent.mapping.lock();
        try {
            parent.areas.checkRoomForCopy();
            protectLocked();
            AddressSpace platform = parent.platform.fork();
            Space child = new Space(parent.memory.newId(), parent.memory, parent.session, platform);
            child.mapping.lock();
            try {
                child.mmapBase = parent.mmapBase;
                child.breakStart = parent.breakStart;
                child.breakEnd = parent.breakEnd;
                child.limits = parent.limits;
                child.hugePageUse = parent.hugePageUse;
                child.exact = parent.exact;
                copyLocked(child);
                new ForkCopies(parent, child).makeLocked();
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
            copy.hugeReserve = null;
            copy.hugeLost = false;
            followLocked(child, area, copy);
            copy.guard &= !area.wipeOnFork;
            child.areas.insert(copy);
            if (!area.wipeOnFork) {
                copyEntriesLocked(child, area, copy);
                int kept = copy.userfault == null ? PageMarks.LASTING : PageMarks.ALL;
                parent.copyMarksLocked(area.start, area.end, child, 0, kept);
            }
        }
    }

    /** Whose file answers faults of the child's area: dup_userfaultfd, fs/userfaultfd.c. */
    private void followLocked(Space child, Vma area, Vma copy) {
        UserfaultFile file = area.userfault;
        if (file == null || !file.has(Userfaultfd.UFFD_FEATURE_EVENT_FORK)) {
            copy.userfault = null;
            copy.userfaultModes = 0;
            return;
        }
        UserfaultEvent event =
                events.computeIfAbsent(
                        file, told -> UserfaultEvent.tellFork(told, told.forFork(child)));
        copy.userfault = event.child();
    }

    private void copyEntriesLocked(Space child, Vma area, Vma copy) {
        long at = parent.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long runEnd = parent.table.runEnd(at, area.end);
            long entry = parent.table.get(at);
            if (Pte.is(entry, Pte.PROTECTED) && copy.userfault == null) {
                entry &= ~Pte.PROTECTED;
                entry |= Pte.rights(entry, area.prot);
            }
            parent.file.retain(Pte.offset(entry), runEnd - at);
            child.installLocked(at, runEnd, entry);
            at = parent.table.nextPresent(runEnd, area.end);
        }
    }
}
