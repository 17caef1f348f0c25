package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.Mappable.Translation;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import org.jspecify.annotations.Nullable;

/**
 * One fault while it is being answered: what was fetched without locks (a charged page, pages of a
 * file) for the next attempt under the mapping lock. What is left over goes back at the end.
 */
final class FaultRequest {
    /** Where the access is, and the page of it. */
    final long address;

    final long page;
    final Access access;

    /** Whether the platform had a mapping that refused. */
    final boolean refused;

    /** Whether the protection does not count: the access of a debugger. */
    final boolean forced;

    /** Whether it is by somebody whom secret memory refuses: memfd_secret(2). */
    final boolean foreign;

    /** Whether userfaultfd(2) does not count: the page comes from who answers faults. */
    final boolean answered;

    /** Charged pages in hand. */
    int budget;

    /** Whether others have lost a huge page for it already. */
    boolean tookFromOthers;

    /** The wanted part of a file; set by an attempt that finds that it needs one. */
    private @Nullable Mappable wantedFile;

    private long wantedLow;
    private long wantedAt;
    private long wantedHigh;
    private boolean wantedForWrite;
    private long wantedEpoch;

    private Translation translation = Translation.NONE;

    /** File offset of the translation's first byte. */
    private long translationStart;

    FaultRequest(long address, Access access, boolean refused, boolean forced) {
        this(address, access, refused, forced, forced, false);
    }

    private FaultRequest(
            long address,
            Access access,
            boolean refused,
            boolean forced,
            boolean foreign,
            boolean answered) {
        this.address = address;
        this.page = Pages.floor(address);
        this.access = access;
        this.refused = refused;
        this.forced = forced;
        this.foreign = foreign;
        this.answered = answered;
    }

    /** To map what a process has given: UFFDIO_CONTINUE. */
    static FaultRequest answer(long page) {
        return new FaultRequest(page, Access.READ, false, true, false, true);
    }

    /** To pin a page: get_user_pages() of Linux. */
    static FaultRequest pin(long address, Access access) {
        return new FaultRequest(address, access, false, false, true, false);
    }

    /** Whether the access is, or is taken as, a write to a page with this entry, or 0. */
    boolean isWrite(Vma area, long entry) {
        if (access != Access.UNKNOWN) {
            return access == Access.WRITE;
        }
        if (refused && entry != 0) {
            return true;
        }
        return entry == 0 && area.isWritable() && area.file == null;
    }

    /** Says which page of a file is needed, and how far around it others are welcome. */
    void want(Mappable file, long low, long at, long high, boolean forWrite, long epoch) {
        wantedFile = file;
        wantedLow = low;
        wantedAt = at;
        wantedHigh = high;
        wantedForWrite = forWrite;
        wantedEpoch = epoch;
    }

    /** Whether the translation in hand still answers a need. */
    boolean has(Mappable file, long at, boolean forWrite, long epoch) {
        return translation.lengthBytes() > 0
                && file == wantedFile
                && (wantedForWrite || !forWrite)
                && epoch == wantedEpoch
                && at >= translationStart
                && at < translationStart + translation.lengthBytes();
    }

    /** Asks whoever serves the file that {@link #want} named; no locks held. */
    UserFault ask() {
        Mappable file = wantedFile;
        if (file == null) {
            throw new IllegalStateException("nothing wanted");
        }
        return file.beginFill(wantedAt);
    }

    /** Fetches what {@link #want} named; no locks held. USER_FAULT: it is to be asked for. */
    FaultResult translate(ChunkedMemoryFile memory) {
        giveTranslationBack(memory);
        Mappable file = wantedFile;
        if (file == null) {
            throw new IllegalStateException("nothing wanted");
        }
        Access kind = wantedForWrite ? Access.WRITE : Access.READ;
        try {
            if (file.backing() instanceof PagedFile paged) {
                PagedFile.Window window =
                        paged.translateWindow(wantedLow, wantedAt, wantedHigh, kind);
                if (window == PagedFile.Window.AWAITED) {
                    return FaultResult.USER_FAULT;
                }
                translation = window.translation();
                translationStart = window.fileOffset();
            } else {
                translation = file.translate(wantedAt, wantedHigh - wantedAt, kind);
                translationStart = wantedAt;
            }
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENOMEM -> FaultResult.OUT_OF_MEMORY;
                default -> FaultResult.BUS_ERROR;
            };
        }
        return translation.lengthBytes() == 0 ? FaultResult.BUS_ERROR : FaultResult.RESOLVED;
    }

    /** Whether a part of a file is in hand. */
    boolean hasTranslation() {
        return translation.lengthBytes() > 0;
    }

    long translationStart() {
        return translationStart;
    }

    long translationEnd() {
        return translationStart + translation.lengthBytes();
    }

    /** Memory file offset of a file offset within the translation. */
    long memoryOffset(long fileOffset) {
        return translation.memoryFileOffset() + (fileOffset - translationStart);
    }

    /**
     * The references of {@code [start, end)} (file offsets) pass to the caller, the others are
     * dropped.
     */
    void takeTranslation(ChunkedMemoryFile memory, long start, long end) {
        long offset = translation.memoryFileOffset();
        if (start > translationStart) {
            memory.release(offset, start - translationStart);
        }
        if (end < translationEnd()) {
            memory.release(memoryOffset(end), translationEnd() - end);
        }
        translation = Translation.NONE;
    }

    void giveBack(ChunkedMemoryFile memory, MemoryLimit limit) {
        if (budget > 0) {
            limit.giveBack(budget);
            budget = 0;
        }
        giveTranslationBack(memory);
    }

    private void giveTranslationBack(ChunkedMemoryFile memory) {
        if (translation.lengthBytes() > 0) {
            memory.release(translation.memoryFileOffset(), translation.lengthBytes());
            translation = Translation.NONE;
        }
    }
}
