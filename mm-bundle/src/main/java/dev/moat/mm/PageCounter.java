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
                huge);
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
        // One reference of a page of a file is the file's own.
        int mappings = Math.max(1, space.file.references(memoryOffset) - (ofFile ? 1 : 0));
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
