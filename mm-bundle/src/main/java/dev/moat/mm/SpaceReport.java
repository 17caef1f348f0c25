package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.HugePageAdvice;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.mm.PageCounts;
import dev.moat.api.mm.VmaInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What /proc tells of an address space. */
final class SpaceReport {
    private static final String HEAP = "[heap]";

    /** Of files that live in memory and nowhere else. */
    private static final long SHMEM_DEVICE = 1;

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
                infos.add(countedLocked(end == area.end ? area : area.part(area.start, end)));
            }
            return infos;
        } finally {
            space.mapping.unlock();
        }
    }

    /** {@link dev.moat.api.mm.MemoryControl#areaFrom}. */
    Optional<VmaInfo> areaFrom(long userAddr) {
        space.mapping.lock();
        try {
            int first = space.areas.firstEndingAfter(userAddr);
            if (first == space.areas.size()) {
                return Optional.empty();
            }
            int last = first;
            while (first > 0 && space.areas.at(first - 1).looksContinuedIn(space.areas.at(first))) {
                first--;
            }
            while (last + 1 < space.areas.size()
                    && space.areas.at(last).looksContinuedIn(space.areas.at(last + 1))) {
                last++;
            }
            Vma area = space.areas.at(first);
            long end = space.areas.at(last).end;
            Vma whole = first == last ? area : area.part(area.start, end);
            return Optional.of(infoLocked(whole, PageCounts.NONE));
        } finally {
            space.mapping.unlock();
        }
    }

    private VmaInfo countedLocked(Vma area) {
        return infoLocked(area, new PageCounter(space, area).countLocked());
    }

    private VmaInfo infoLocked(Vma area, PageCounts pages) {
        return new VmaInfo(
                area.start,
                area.end,
                area.prot,
                area.flags,
                area.file == null ? 0 : area.offset,
                identityOf(area),
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
        return isSharedAnonymous(area) && area.name.isEmpty() ? "/dev/zero (deleted)" : area.name;
    }

    /** Shared anonymous memory is a file without a name: shmem_zero_setup(), mm/shmem.c. */
    private static FileIdentity identityOf(Vma area) {
        return isSharedAnonymous(area) && area.file != null && area.inode.inode() == 0
                ? new FileIdentity(SHMEM_DEVICE, area.file.mappableId())
                : area.inode;
    }

    private static boolean isSharedAnonymous(Vma area) {
        return area.isShared() && (area.flags & MemoryFlags.MAP_ANONYMOUS) != 0;
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
                    space.hugePagesLocked() << Pages.SHIFT,
                    space.faultsLocked(),
                    space.majorFaultsLocked());
        } finally {
            space.mapping.unlock();
        }
    }
}
