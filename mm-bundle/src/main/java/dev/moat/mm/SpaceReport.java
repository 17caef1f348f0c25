package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.mm.VmaInfo;
import java.util.ArrayList;
import java.util.List;

/** What /proc tells of an address space. */
final class SpaceReport {
    private final Space space;

    SpaceReport(Space space) {
        this.space = space;
    }

    List<VmaInfo> collectVmas() {
        space.mapping.lock();
        try {
            List<VmaInfo> infos = new ArrayList<>(space.areas.size());
            for (int i = 0; i < space.areas.size(); i++) {
                infos.add(infoLocked(space.areas.at(i)));
            }
            return infos;
        } finally {
            space.mapping.unlock();
        }
    }

    private VmaInfo infoLocked(Vma area) {
        long resident = 0;
        long privateDirty = 0;
        long shared = 0;
        long at = space.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long runEnd = space.table.runEnd(at, area.end);
            long entry = space.table.get(at);
            resident += runEnd - at;
            boolean exclusive = space.file.references(Pte.offset(entry)) == 1;
            if (Pte.is(entry, Pte.ANONYMOUS) && exclusive) {
                privateDirty += runEnd - at;
            } else {
                shared += runEnd - at;
            }
            at = space.table.nextPresent(runEnd, area.end);
        }
        return new VmaInfo(
                area.start,
                area.end,
                area.prot,
                area.flags,
                area.file == null ? 0 : area.offset,
                area.inode,
                nameOf(area),
                resident,
                privateDirty,
                shared,
                area.locked ? resident : 0);
    }

    private static String nameOf(Vma area) {
        boolean sharedAnonymous = area.isShared() && (area.flags & MemoryFlags.MAP_ANONYMOUS) != 0;
        return sharedAnonymous && area.name.isEmpty() ? "/dev/zero (deleted)" : area.name;
    }

    MemoryStats stats() {
        space.mapping.lock();
        try {
            VmaMap areas = space.areas;
            long anonymous = space.anonymousPagesLocked() << Pages.SHIFT;
            long file = space.filePagesLocked() << Pages.SHIFT;
            return new MemoryStats(
                    areas.totalBytes(),
                    anonymous + file,
                    anonymous,
                    file,
                    areas.peakTotalBytes(),
                    space.peakPagesLocked() << Pages.SHIFT,
                    areas.dataBytes(),
                    areas.stackBytes(),
                    areas.executableBytes(),
                    areas.lockedBytes(),
                    space.faultsLocked(),
                    space.majorFaultsLocked());
        } finally {
            space.mapping.unlock();
        }
    }
}
