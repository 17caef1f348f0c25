package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;
import dev.moat.api.mm.HugePageUse;
import java.lang.foreign.MemorySegment;

/**
 * Huge pages of 2 MiB for what a guest asked them for (MADV_HUGEPAGE), where the host lets memory
 * files have them. An aligned range of an area then takes as much of the memory file, aligned
 * alike, so that the host maps it by one entry.
 */
final class HugePages {
    static final long BYTES = 2 << 20;
    static final int SHIFT = 21;
    static final int PAGES = (int) (BYTES >>> Pages.SHIFT);

    private HugePages() {}

    /** Whether a whole huge page lies in a range. */
    static boolean fitIn(long start, long end) {
        return end - ceil(start) >= BYTES;
    }

    /** Whether untouched parts of an area are owned as huge pages. */
    static boolean areGivenLocked(Space space, Vma area) {
        return area.file == null
                && area.hugePages
                && area.userfault == null
                && space.hugePageUse != HugePageUse.NONE
                && space.file.hasHugePages();
    }

    static long floor(long address) {
        return address & -BYTES;
    }

    static long ceil(long address) {
        return (address + BYTES - 1) & -BYTES;
    }

    /**
     * Makes the host have the pages of an aligned range without data, as one page if it has one to
     * give.
     *
     * @param view the kernel host's own
     * @return whether it has them all now
     */
    static boolean make(HostMemory host, MemorySegment view) {
        return !HostResult.failed(host.advise(view, MemoryFlags.MADV_HUGEPAGE))
                && !HostResult.failed(host.advise(view, MemoryFlags.MADV_POPULATE_WRITE));
    }
}
