package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers faults of guests and of kernel accesses alike. An attempt runs under the mapping lock;
 * where it needs something that may wait (memory beyond the limit, pages of a file) it says so, the
 * lock is dropped, the thing is fetched, and the next attempt starts from the beginning, because
 * anything may have changed.
 */
@Stateful
final class FaultHandler {
    private static final long FILE_AROUND_BYTES = 16 * Pages.BYTES;
    private static final long FILE_AHEAD_BYTES = 512 * Pages.BYTES;

    private final Space space;
    private final AnonymousPages anonymous;
    private final CopyOnWrite copyOnWrite;
    private final StackGrowth stack;

    /** Set anew only when an earlier revision had none. */
    private @Nullable HugeFaults huge;

    FaultHandler(Space space) {
        this.space = space;
        this.anonymous = new AnonymousPages(space);
        this.copyOnWrite = new CopyOnWrite(space);
        this.stack = new StackGrowth(space);
    }

    /** Whose access it is. */
    enum Origin {
        GUEST,
        KERNEL,
        /** Of the kernel with locks: nobody is waited for. */
        LOCKED_KERNEL
    }

    /** What an attempt came to, beyond the final results. */
    private enum Step {
        RESOLVED,
        NOT_MAPPED,
        NOT_PERMITTED,
        BUS_ERROR,
        /** A process answers. */
        NEEDS_USER,
        NEEDS_MEMORY,
        NEEDS_FILE,
        /** Other processes have the huge page that this one was promised. */
        NEEDS_OTHERS
    }

    /**
     * Answers a fault at {@code address}, any value.
     *
     * @param refused whether the platform had a mapping there that refused the access
     */
    FaultResult handle(long address, Access access, boolean refused) {
        return handle(address, access, refused, Origin.KERNEL);
    }

    FaultResult handle(long address, Access access, boolean refused, Origin origin) {
        if (address < 0 || address >= space.high) {
            return FaultResult.NOT_MAPPED;
        }
        return handle(new FaultRequest(address, access, refused, false), origin);
    }

    /**
     * Makes a page accessible whatever its protection is, as Linux does for debuggers (FOLL_FORCE):
     * a write to private memory gets a copy of its own, shared memory must be writable.
     */
    FaultResult force(long address, Access access) {
        if (address < 0 || address >= space.high) {
            return FaultResult.NOT_MAPPED;
        }
        return handle(new FaultRequest(address, access, false, true), Origin.KERNEL);
    }

    /** Makes a page accessible for somebody who pins it: secret memory refuses. */
    FaultResult pin(long address, Access access) {
        if (address < 0 || address >= space.high) {
            return FaultResult.NOT_MAPPED;
        }
        return handle(FaultRequest.pin(address, access), Origin.KERNEL);
    }

    /** Maps what is in a file, whoever answers faults there: UFFDIO_CONTINUE. */
    FaultResult answer(long page) {
        return handle(FaultRequest.answer(page), Origin.KERNEL);
    }

    /**
     * Tells the process that answers faults at {@code address} of one; empty if none is to be told
     * any more. Any address.
     */
    Optional<UserFault> beginWait(long address, Access access, boolean refused, int tid) {
        if (address < 0 || address >= space.high) {
            return Optional.empty();
        }
        FaultRequest request = new FaultRequest(address, access, refused, false);
        UserFault told = new UserfaultWaits(space).begin(request, tid);
        return Optional.ofNullable(told != null ? told : new FileWaits(space).begin(request.page));
    }

    private FaultResult handle(FaultRequest request, Origin origin) {
        try {
            while (true) {
                switch (attempt(request)) {
                    case RESOLVED -> {
                        return FaultResult.RESOLVED;
                    }
                    case NOT_MAPPED -> {
                        return FaultResult.NOT_MAPPED;
                    }
                    case NOT_PERMITTED -> {
                        return FaultResult.NOT_PERMITTED;
                    }
                    case BUS_ERROR -> {
                        return FaultResult.BUS_ERROR;
                    }
                    case NEEDS_USER -> {
                        if (origin == Origin.GUEST) {
                            return FaultResult.USER_FAULT;
                        }
                        if (origin == Origin.LOCKED_KERNEL
                                || !new UserfaultWaits(space).await(request)) {
                            return FaultResult.BUS_ERROR;
                        }
                    }
                    case NEEDS_OTHERS -> {
                        if (request.tookFromOthers) {
                            return FaultResult.BUS_ERROR;
                        }
                        request.tookFromOthers = true;
                        huge().takeFromOthers(request.page);
                    }
                    case NEEDS_MEMORY -> {
                        space.memory.limit().charge(1);
                        request.budget++;
                    }
                    case NEEDS_FILE -> {
                        FaultResult result = request.translate(space.file);
                        if (result == FaultResult.USER_FAULT && origin == Origin.KERNEL) {
                            result = new FileWaits(space).await(request);
                        }
                        if (result != FaultResult.RESOLVED) {
                            return result;
                        }
                    }
                }
            }
        } catch (ErrnoException e) {
            return FaultResult.OUT_OF_MEMORY;
        } finally {
            request.giveBack(space.file, space.memory.limit());
        }
    }

    private Step attempt(FaultRequest request) {
        space.mapping.lock();
        try {
            Vma area = space.areas.find(request.page);
            if (area == null) {
                area = stack.growTo(request.page);
                if (area == null) {
                    return Step.NOT_MAPPED;
                }
            }
            return attemptLocked(request, area);
        } finally {
            space.mapping.unlock();
        }
    }

    private Step attemptLocked(FaultRequest request, Vma area) {
        if (area.guard) {
            return Step.NOT_MAPPED;
        }
        if (request.foreign && area.isSecret()) {
            return Step.NOT_PERMITTED;
        }
        long entry = space.table.get(request.page);
        if (!isPermitted(request, area)) {
            return Step.NOT_PERMITTED;
        }
        boolean write = request.isWrite(area, entry);
        if (write && !area.isWritable() && (!request.forced || area.isShared())) {
            return Step.NOT_PERMITTED;
        }
        if (entry == 0 && !request.answered) {
            int marks = space.marksLocked(request.page);
            if ((marks & PageMarks.GUARDED) != 0) {
                return Step.NOT_MAPPED;
            }
            if ((marks & PageMarks.POISONED) != 0) {
                // As a kernel without CONFIG_MEMORY_FAILURE.
                return Step.BUS_ERROR;
            }
        }
        if (UserfaultWaits.isAnswered(request, area, entry)) {
            return UserfaultWaits.raisesSignal(area) ? Step.BUS_ERROR : Step.NEEDS_USER;
        }
        if (write && Pte.is(entry, Pte.PROTECTED)) {
            entry = new UserfaultWaits(space).unprotectLocked(request.page, area);
        }
        if (entry != 0 && (!write || Pte.is(entry, Pte.WRITE) || Pte.isOwn(entry))) {
            return mapAgainLocked(request.page, area);
        }
        space.countFaultLocked(false);
        HugeFile pages = area.hugeFile();
        if (pages != null) {
            return switch (huge().resolveLocked(request, area, pages, entry, write)) {
                case RESOLVED -> Step.RESOLVED;
                case BUS_ERROR -> Step.BUS_ERROR;
                case NEEDS_OTHERS -> Step.NEEDS_OTHERS;
            };
        }
        Mappable file = area.file;
        if (file != null && (entry == 0 || area.isShared())) {
            return resolveFileLocked(request, area, file, entry, write);
        }
        if (entry == 0) {
            return anonymous.resolveLocked(request, area) ? Step.RESOLVED : Step.NEEDS_MEMORY;
        }
        return copyOnWrite.breakLocked(request, area, entry) ? Step.RESOLVED : Step.NEEDS_MEMORY;
    }

    private HugeFaults huge() {
        HugeFaults known = huge;
        if (known == null) {
            known = new HugeFaults(space);
            huge = known;
        }
        return known;
    }

    private static boolean isPermitted(FaultRequest request, Vma area) {
        if (request.forced) {
            return true;
        }
        if ((area.prot & 7) == 0) {
            return false;
        }
        return switch (request.access) {
            case EXECUTE -> (area.prot & MemoryFlags.PROT_EXEC) != 0;
            case WRITE -> area.isWritable();
            case READ, UNKNOWN -> true;
        };
    }

    /** The page is there: the platform has dropped its mapping, or another thread was faster. */
    private Step mapAgainLocked(long page, Vma area) {
        long end = space.table.runEnd(page, Math.min(area.end, page + FILE_AHEAD_BYTES));
        space.table.changeFlags(page, end, Pte.MAPPED, 0);
        space.mapLocked(area, page, end);
        return Step.RESOLVED;
    }

    private Step resolveFileLocked(
            FaultRequest request, Vma area, Mappable file, long entry, boolean write) {
        long at = area.fileOffset(request.page);
        boolean writeShared = write && area.isShared();
        long epoch = space.invalidationsLocked();
        if (!request.has(file, at, writeShared, epoch)) {
            boolean alone = isAlone(area);
            long around = alone ? request.page : request.page - FILE_AROUND_BYTES;
            long ahead = request.page + (alone ? Pages.BYTES : FILE_AHEAD_BYTES);
            around = Math.max(area.start, around);
            ahead = Math.min(area.end, ahead);
            request.want(
                    file, area.fileOffset(around), at, area.fileOffset(ahead), writeShared, epoch);
            return Step.NEEDS_FILE;
        }
        if (entry != 0) {
            return upgradeSharedLocked(request, area, at);
        }
        long start = Math.max(area.start, request.page - (at - request.translationStart()));
        long end = Math.min(area.end, request.page + (request.translationEnd() - at));
        if (isAlone(area)) {
            start = request.page;
            end = request.page + Pages.BYTES;
        }
        start = anonymous.absentStart(start, request.page);
        end = space.endOfFreeLocked(request.page, end);
        if (write && !area.isShared()) {
            return copyOnWrite.copyFileLocked(request, area, start, end)
                    ? Step.RESOLVED
                    : Step.NEEDS_MEMORY;
        }
        long memoryOffset = request.memoryOffset(area.fileOffset(start));
        request.takeTranslation(space.file, area.fileOffset(start), area.fileOffset(end));
        long flags = writeShared ? Pte.PAGE_WRITABLE : 0;
        flags |= area.isSecret() ? Pte.SECRET : 0;
        space.installLocked(start, end, Pte.make(memoryOffset, flags, area.prot));
        space.mapLocked(area, start, end);
        return Step.RESOLVED;
    }

    /** Whether a fault brings its page and no other: somebody asks which ones were touched. */
    private boolean isAlone(Vma area) {
        return area.userfault != null || space.exact && area.memoryFile() != null;
    }

    /**
     * A shared page that was mapped for reading is written: the file knows now that it gets dirty.
     */
    private Step upgradeSharedLocked(FaultRequest request, Vma area, long at) {
        long end = request.page;
        long fileEnd = Math.min(area.fileOffset(area.end), request.translationEnd());
        while (at + (end - request.page) < fileEnd
                && isReadOnlyCopyOf(end, request.memoryOffset(at + (end - request.page)))) {
            end += Pages.BYTES;
        }
        if (end == request.page) {
            // The file has another page now: fetch again through the absent path.
            space.dropLocked(request.page, request.page + Pages.BYTES, Space.Drop.FILE_PAGES);
            return Step.NEEDS_FILE;
        }
        space.changeFlagsLocked(
                request.page, end, 0, Pte.PAGE_WRITABLE | Pte.rights(Pte.PAGE_WRITABLE, area.prot));
        space.protectLocked(area, request.page, end);
        space.mapLocked(area, request.page, end);
        return Step.RESOLVED;
    }

    private boolean isReadOnlyCopyOf(long page, long memoryOffset) {
        @Nullable Vma area = space.areas.find(page);
        long entry = area == null ? 0 : space.table.get(page);
        return entry != 0
                && Pte.offset(entry) == memoryOffset
                && !Pte.is(entry, Pte.PAGE_WRITABLE | Pte.PROTECTED);
    }
}
