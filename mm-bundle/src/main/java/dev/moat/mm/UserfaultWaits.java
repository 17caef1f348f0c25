package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.*;

import dev.moat.api.mm.FaultWaiter;
import org.jspecify.annotations.Nullable;

/** Which faults of a space a process answers, and waiting for the answer: handle_userfault. */
final class UserfaultWaits {
    /** Nobody is told: a value of {@link #reason}. */
    private static final long NONE = -1;

    private final Space space;

    UserfaultWaits(Space space) {
        this.space = space;
    }

    /**
     * Whether a process is told of a fault; with the mapping lock.
     *
     * @param entry of the page, or 0
     */
    static boolean isAnswered(FaultRequest request, Vma area, long entry) {
        return area.userfault != null && reason(request, area, entry) != NONE;
    }

    /**
     * Why a process is told of a fault, as UFFD_PAGEFAULT_FLAG_* without the one for writes; {@link
     * #NONE} if it is not.
     *
     * @param entry of the page, or 0
     */
    private static long reason(FaultRequest request, Vma area, long entry) {
        UserfaultFile file = area.userfault;
        if (file == null || request.answered) {
            return NONE;
        }
        if (entry == 0) {
            return absentReason(request, area);
        }
        boolean waits =
                Pte.is(entry, Pte.PROTECTED)
                        && request.isWrite(area, entry)
                        && area.isRegistered(UFFDIO_REGISTER_MODE_WP)
                        && !file.has(UFFD_FEATURE_WP_ASYNC);
        return waits ? UFFD_PAGEFAULT_FLAG_WP : NONE;
    }

    /** Of a page that is not mapped: missing, or only there in its file. */
    private static long absentReason(FaultRequest request, Vma area) {
        PagedFile memory = area.memoryFile();
        if (area.file != null && memory == null) {
            return NONE;
        }
        if (memory != null) {
            if (request.hasTranslation()) {
                // The page is in the file because of this very fault.
                return NONE;
            }
            long offset = area.fileOffset(request.page);
            if (offset >= Pages.ceil(memory.sizeBytes())) {
                return NONE;
            }
            if (memory.isResident(offset)) {
                return area.isRegistered(UFFDIO_REGISTER_MODE_MINOR)
                        ? UFFD_PAGEFAULT_FLAG_MINOR
                        : NONE;
            }
        }
        return area.isRegistered(UFFDIO_REGISTER_MODE_MISSING) ? 0 : NONE;
    }

    /** Whether faults of an area that somebody answers raise SIGBUS instead. */
    static boolean raisesSignal(Vma area) {
        UserfaultFile file = area.userfault;
        return file != null && file.has(UFFD_FEATURE_SIGBUS);
    }

    /** A write to a page whose protection nobody waits for any more; its new entry. */
    long unprotectLocked(long page, Vma area) {
        space.changeMarksLocked(page, page + Pages.BYTES, PageMarks.PROTECTED, 0);
        UserfaultProtecting.protectLocked(space, area, page, page + Pages.BYTES, false);
        return space.table.get(page);
    }

    /**
     * Tells of a fault. Under the mapping lock it is decided and queued, so that no answer comes in
     * between.
     *
     * @return null if the access is to be tried again
     */
    @Nullable PendingFault begin(FaultRequest request, int tid) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(request.page);
            UserfaultFile file = area == null ? null : area.userfault;
            if (area == null || file == null) {
                return null;
            }
            long entry = space.table.get(request.page);
            long reason = reason(request, area, entry);
            if (reason == NONE) {
                return null;
            }
            return file.add(request.address, reason, request.isWrite(area, entry), tid);
        } finally {
            space.mapping.unlock();
        }
    }

    /**
     * Waits in the middle of a call until the page was given; without locks.
     *
     * @return false if the access fails: only faults of user space are answered, the caller is no
     *     task, or it ends
     */
    boolean await(FaultRequest request) {
        FaultWaiter waiter = space.memory.waiter();
        if (!isForKernel(request.page)) {
            return false;
        }
        PendingFault fault = begin(request, waiter.currentTid());
        if (fault == null) {
            return true;
        }
        try {
            return waiter.await(fault.queue(), fault::isOver);
        } finally {
            fault.end();
        }
    }

    private boolean isForKernel(long page) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(page);
            UserfaultFile file = area == null ? null : area.userfault;
            return file == null || file.servesKernel();
        } finally {
            space.mapping.unlock();
        }
    }
}
