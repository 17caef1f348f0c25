package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.KernelBuffer;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The file behind an area, wherever in it: build ids lie where nobody has to map them. */
final class MappedContent {
    private final Space space;

    MappedContent(Space space) {
        this.space = space;
    }

    /** {@link dev.moat.api.mm.MemoryControl#readMapped}. */
    long read(long userAddr, MemorySegment target, long fileOffset) {
        PagedFile file = retain(userAddr);
        if (file == null) {
            return 0;
        }
        try {
            return file.read(fileOffset, new KernelBuffer(target));
        } catch (ErrnoException e) {
            return 0;
        } finally {
            file.removeMapper(space, 0, Pages.BYTES, false);
        }
    }

    /** As if another area mapped it, so that it keeps its pages while it is read without locks. */
    private @Nullable PagedFile retain(long userAddr) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(userAddr);
            if (area == null
                    || area.file == null
                    || area.isSecret()
                    || !(area.file.backing() instanceof PagedFile file)) {
                return null;
            }
            file.addMapper(space, 0, Pages.BYTES, false);
            return file;
        } finally {
            space.mapping.unlock();
        }
    }
}
