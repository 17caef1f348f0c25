package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.HugePageAdvice;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.mm.PageCounts;
import dev.moat.api.mm.VmaInfo;
import java.util.ArrayList;
import java.util.List;

/** What /proc tells of an address space. */
final class SpaceReport {
    private static final String HEAP = "[heap]";

    private final Space space;

    SpaceReport(Space space) {
        this.space = space;
    }

    List<VmaInfo> collectVmas() {
        space.mapping.lock();
        try {
            List<VmaInfo> infos = new ArrayList<>(space.areas.size());
            for (int i = 0; i < space.areas.size(); i++) {
                Vma area = space.areas.at(i);
                long end = area.end;
                while (i + 1 < space.areas.size()
                        && space.areas.at(i).looksContinuedIn(space.areas.at(i + 1))) {
                    end = space.areas.at(++i).end;
                }
                infos.add(infoLocked(end == area.end ? area : area.part(area.start, end)));
            }
            return infos;
        } finally {
            space.mapping.unlock();
        }
    }

    private VmaInfo infoLocked(Vma area) {
        PageCounts pages = new PageCounter(space, area).countLocked();
        return new VmaInfo(
                area.start,
                area.end,
                area.prot,
                area.flags,
                area.file == null ? 0 : area.offset,
                area.inode,
                nameOf(area),
                pages,
                area.locked ? pages.residentBytes() : 0,
                !area.dontDump,
                area.policyAt(area.start),
                adviceFor(area),
                HugePages.areGivenLocked(space, area) && HugePages.fitIn(area.start, area.end),
                KernelFlags.of(area));
    }

    private static HugePageAdvice adviceFor(Vma area) {
        if (area.hugePages) {
            return HugePageAdvice.WANTED;
        }
        return area.noHugePages ? HugePageAdvice.REFUSED : HugePageAdvice.NONE;
    }

    private String nameOf(Vma area) {
        boolean plain = area.name.isEmpty() || area.name.equals(HEAP);
        if (area.file == null && plain) {
            // By where it is, whatever it was made for: vma_is_initial_heap().
            boolean heap = area.start < space.breakEnd && area.end > space.breakStart;
            return heap ? HEAP : "";
        }
        boolean sharedAnonymous = area.isShared() && (area.flags & MemoryFlags.MAP_ANONYMOUS) != 0;
        return sharedAnonymous && area.name.isEmpty() ? "/dev/zero (deleted)" : area.name;
    }

    /** Few areas are of this kind, so they are counted when somebody asks. */
    private long memoryFileBytesLocked() {
        long bytes = 0;
        for (int i = 0; i < space.areas.size(); i++) {
            Vma area = space.areas.at(i);
            if (area.file != null
                    && area.file.backing() instanceof PagedFile file
                    && file.pager == null) {
                PageCounts pages = new PageCounter(space, area).countLocked();
                bytes += pages.residentBytes() - pages.anonymousBytes();
            }
        }
        return bytes;
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
                    memoryFileBytesLocked(),
                    areas.peakTotalBytes(),
                    space.peakPagesLocked() << Pages.SHIFT,
                    areas.dataBytes(),
                    areas.stackBytes(),
                    areas.executableBytes(),
                    areas.lockedBytes(),
                    space.table.nodeBytes(),
                    space.faultsLocked(),
                    space.majorFaultsLocked());
        } finally {
            space.mapping.unlock();
        }
    }
}
