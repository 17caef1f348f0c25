package dev.moat.mm;

import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.UserFault;
import org.jspecify.annotations.Nullable;

/** Faults of a space on pages that a process of the sandbox serves. */
final class FileWaits {
    private final Space space;

    FileWaits(Space space) {
        this.space = space;
    }

    /** Asks for a page; null if none is missing there any more. */
    @Nullable UserFault begin(long page) {
        Mappable file;
        long offset;
        space.mapping.lock();
        try {
            Vma area = space.areas.find(page);
            file = area == null ? null : area.file;
            offset = area == null ? 0 : area.fileOffset(page);
        } finally {
            space.mapping.unlock();
        }
        boolean missing =
                file != null
                        && file.backing() instanceof PagedFile paged
                        && paged.isServed()
                        && offset < paged.sizeBytes()
                        && !paged.isResident(offset);
        return missing && file != null ? file.beginFill(offset) : null;
    }

    /** Waits in the middle of a call; RESOLVED: the access is to be tried again. */
    FaultResult await(FaultRequest request) {
        UserFault asked = request.ask();
        try {
            boolean over = space.memory.waiter().await(asked.queue(), asked::isOver);
            return over && !asked.hasFailed() ? FaultResult.RESOLVED : FaultResult.BUS_ERROR;
        } finally {
            asked.end();
        }
    }
}
