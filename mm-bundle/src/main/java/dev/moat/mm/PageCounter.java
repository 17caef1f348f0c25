package dev.moat.mm;

import dev.moat.api.mm.PageCounts;
import org.jspecify.annotations.Nullable;

/** Counts the pages of one area by kind and by how often they are mapped. Used once. */
final class PageCounter {
    /** Fractions of bytes in the proportional size, as PSS_SHIFT in fs/proc/task_mmu.c. */
    private static final int FRACTION_BITS = 12;

    private final Space space;
    private final Vma area;
    private final @Nullable PagedFile file;

    private long resident;
    private long proportional;
    private long sharedClean;
    private long sharedDirty;
    private long privateClean;
    private long privateDirty;
    private long anonymous;
    private int mostMappings;
    private long huge;
    private long sharedPool;
    private long privatePool;

    PageCounter(Space space, Vma area) {
        this.space = space;
        this.area = area;
        this.file =
                area.file != null && area.file.backing() instanceof PagedFile paged ? paged : null;
    }

    /** Counts; the caller holds the lock of the mappings. */
    PageCounts countLocked() {
        long at = space.table.nextPresent(area.start, area.end);
        while (at < area.end) {
            long runEnd = space.table.runEnd(at, area.end);
            long entry = space.table.get(at);
            if (Pte.is(entry, Pte.HUGE)) {
                countPool(at, runEnd, entry);
                at = space.table.nextPresent(runEnd, area.end);
                continue;
            }
            for (long page = at; page < runEnd; page += Pages.BYTES) {
                add(page, entry, Pte.offset(entry) + (page - at));
            }
            countHuge(at, runEnd, entry);
            at = space.table.nextPresent(runEnd, area.end);
        }
        return new PageCounts(
                resident,
                proportional >>> FRACTION_BITS,
                sharedClean,
                sharedDirty,
                privateClean,
                privateDirty,
                anonymous,
                mostMappings,
                huge,
                sharedPool,
                privatePool);
    }

    /** Huge pages of the pool, which count as nothing else: smaps_hugetlb_range(). */
    private void countPool(long from, long to, long entry) {
        for (long page = from; page < to; page += HugePages.BYTES) {
            int mappings = mappingsOf(entry, Pte.offset(entry) + (page - from));
            mostMappings = Math.max(mostMappings, mappings);
            if (mappings > 1) {
                sharedPool += HugePages.BYTES;
            } else {
                privatePool += HugePages.BYTES;
            }
        }
    }

    /** One reference of a page of a file is the file's own. */
    private int mappingsOf(long entry, long memoryOffset) {
        int ofFile = Pte.is(entry, Pte.ANONYMOUS) ? 0 : 1;
        return Math.max(1, space.file.references(memoryOffset) - ofFile);
    }

    /** Parts of a run that lie as huge pages do, in guest memory and in the memory file. */
    private void countHuge(long from, long to, long entry) {
        boolean mayBe = area.hugePages && Pte.is(entry, Pte.ANONYMOUS) && space.file.hasHugePages();
        long aligned = HugePages.ceil(from);
        if (mayBe && (Pte.offset(entry) + (aligned - from)) % HugePages.BYTES == 0) {
            huge += Math.max(0, HugePages.floor(to) - aligned);
        }
    }

    private void add(long page, long entry, long memoryOffset) {
        boolean ofFile = !Pte.is(entry, Pte.ANONYMOUS);
        int mappings = mappingsOf(entry, memoryOffset);
        boolean dirty = !ofFile || file == null || file.isDirty(area.fileOffset(page));
        mostMappings = Math.max(mostMappings, mappings);
        resident += Pages.BYTES;
        proportional += (Pages.BYTES << FRACTION_BITS) / mappings;
        if (mappings == 1) {
            privateDirty += dirty ? Pages.BYTES : 0;
            privateClean += dirty ? 0 : Pages.BYTES;
        } else {
            sharedDirty += dirty ? Pages.BYTES : 0;
            sharedClean += dirty ? 0 : Pages.BYTES;
        }
        anonymous += ofFile ? 0 : Pages.BYTES;
    }
}
