package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * Grows MAP_GROWSDOWN areas on faults below them: mm/mmap.c expand_downwards. Called with the
 * mapping lock.
 */
@Stateful
final class StackGrowth {
    /** Taken at once by the main stack, so that a deep recursion does not fault page by page. */
    private static final long STEP_BYTES = 16 * Pages.BYTES;

    private final Space space;

    StackGrowth(Space space) {
        this.space = space;
    }

    /** The area grown to hold {@code page}, or null if there is none or a limit forbids it. */
    @Nullable Vma growTo(long page) {
        VmaMap areas = space.areas;
        int index = areas.firstEndingAfter(page);
        if (index == areas.size()) {
            return null;
        }
        Vma area = areas.at(index);
        if (!area.growsDown() || page < space.low) {
            return null;
        }
        long floor = floor(index);
        if (page < floor || !isWithinLimits(area, page)) {
            return null;
        }
        long step = area.name.equals("[stack]") ? STEP_BYTES : Pages.BYTES;
        long wanted = Math.max(floor, page + Pages.BYTES - step);
        long start = wanted < page && isWithinLimits(area, wanted) ? wanted : page;
        areas.resize(area, start, area.end);
        return area;
    }

    /** Lowest address the area may grow to for what lies below it. */
    private long floor(int index) {
        if (index == 0) {
            return space.low;
        }
        Vma below = space.areas.at(index - 1);
        boolean guarded = !below.growsDown() && (below.prot & 7) != 0;
        return guarded ? below.end + VmaMap.STACK_GUARD_BYTES : below.end;
    }

    private boolean isWithinLimits(Vma area, long start) {
        long growth = area.start - start;
        return area.end - start <= space.limits.stackBytes()
                && space.areas.totalBytes() + growth <= space.limits.addressSpaceBytes()
                && (!area.locked
                        || space.areas.lockedBytes() + growth <= space.limits.lockedBytes());
    }
}
