package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * Which call sites the platform may patch. It does so in a copy of a page, so that this must be one
 * that nobody changes without our knowing: of a file, private, not writable, not written yet. If
 * the file is written, its pages are dropped from all address spaces, and the copies with them.
 */
@Stateful
final class CallPatching {
    private static final int READ_EXECUTE = MemoryFlags.PROT_READ | MemoryFlags.PROT_EXEC;
    private static final long EXCLUDED = Pte.ANONYMOUS | Pte.PAGE_WRITABLE;

    private final Space space;

    CallPatching(Space space) {
        this.space = space;
    }

    void patch(long behind) {
        long page = Pages.floor(behind - 1);
        space.mapping.lock();
        try {
            @Nullable Vma area = space.areas.find(page);
            long entry = area == null ? 0 : space.table.get(page);
            if (area == null
                    || area.file == null
                    || area.isShared()
                    || area.prot != READ_EXECUTE
                    || !Pte.is(entry, Pte.MAPPED)
                    || Pte.is(entry, EXCLUDED)) {
                return;
            }
            if (area.file.backing() instanceof PagedFile file && file.beginPatching()) {
                space.platform.patchCall(behind, Pte.offset(entry));
            }
        } finally {
            space.mapping.unlock();
        }
    }
}
