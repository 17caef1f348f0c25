package dev.moat.mm;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Moves bytes between a file's pages and buffers: read(2) and write(2) of a {@link PagedFile}. */
@Stateful
final class FileCopier {
    /** Bytes that are written under one acquisition of the lock, so that readers get their turn. */
    private static final long STEP_BYTES = 1L << 20;

    private static final MemorySegment ZERO_PAGE =
            MemorySegment.ofArray(new byte[(int) Pages.BYTES]).asReadOnly();

    private final PagedFile file;

    FileCopier(PagedFile file) {
        this.file = file;
    }

    long read(long fileOffset, IoBuffer target) {
        long done = 0;
        while (target.remaining() > 0) {
            long at = fileOffset + done;
            long moved =
                    target instanceof UserBuffer || target instanceof KernelBuffer
                            ? readResident(at, target)
                            : readRetained(at, target);
            done += Math.max(0, moved);
            if (moved == END_OF_FILE) {
                break;
            }
            if (moved == ABSENT && file.isServed()) {
                break;
            }
            if (moved == ABSENT) {
                file.filler.fill(at >>> Pages.SHIFT, Long.MAX_VALUE);
            } else if (moved == 0 && !canGoOn(target, true)) {
                break;
            }
        }
        return done;
    }

    private static final long END_OF_FILE = -1;
    private static final long ABSENT = -2;

    /** Whether a buffer that took nothing takes more after its fault was resolved. */
    private static boolean canGoOn(IoBuffer buffer, boolean write) {
        return buffer instanceof UserBuffer user && user.resolve(write);
    }

    /** Copies as far as everything is resident; bytes, or why there was none. */
    private long readResident(long fileOffset, IoBuffer target) {
        long at = fileOffset;
        long stamp = file.lock.readLock();
        try {
            long size = file.sizeBytes();
            while (target.remaining() > 0 && at < size) {
                long page = at >>> Pages.SHIFT;
                Extent extent = file.extents.find(page);
                long length;
                long moved;
                if (extent != null && extent.has(page)) {
                    long end = extent.nextAbsent(page) << Pages.SHIFT;
                    length = Math.min(Math.min(end, size) - at, target.remaining());
                    long memory = extent.memoryOf(page) + (at & Pages.MASK);
                    moved = put(target, memory, length);
                } else if (file.pager != null) {
                    return at > fileOffset ? at - fileOffset : ABSENT;
                } else {
                    length = Math.min(Math.min(holeEnd(page), size) - at, target.remaining());
                    moved =
                            target instanceof UserBuffer user
                                    ? user.putResidentZeros(length)
                                    : target.putZeros(length);
                }
                at += moved;
                if (moved < length) {
                    return at - fileOffset;
                }
            }
            return at == fileOffset && at >= size ? END_OF_FILE : at - fileOffset;
        } finally {
            file.lock.unlockRead(stamp);
        }
    }

    private long holeEnd(long page) {
        long next = file.extents.nextPresent(page);
        return next < 0 ? Long.MAX_VALUE : next << Pages.SHIFT;
    }

    private long put(IoBuffer target, long memoryOffset, long lengthBytes) {
        MemorySegment chunk = file.chunks.chunk(memoryOffset);
        long inChunk = memoryOffset & (ChunkedMemoryFile.CHUNK_BYTES - 1);
        return target instanceof UserBuffer user
                ? user.putResident(chunk, inChunk, lengthBytes)
                : target.put(chunk, inChunk, lengthBytes);
    }

    /**
     * For buffers of others, which may take locks: the pages are held by a reference instead of the
     * lock.
     */
    private long readRetained(long fileOffset, IoBuffer target) {
        long page = fileOffset >>> Pages.SHIFT;
        long memory;
        long length;
        long stamp = file.lock.readLock();
        try {
            long size = file.sizeBytes();
            if (fileOffset >= size) {
                return END_OF_FILE;
            }
            Extent extent = file.extents.find(page);
            boolean present = extent != null && extent.has(page);
            if (!present && file.pager != null) {
                return ABSENT;
            }
            long end =
                    present && extent != null
                            ? extent.nextAbsent(page) << Pages.SHIFT
                            : holeEnd(page);
            length = Math.min(Math.min(end, size) - fileOffset, target.remaining());
            length = Math.min(length, STEP_BYTES);
            memory = present && extent != null ? extent.memoryOf(page) : -1;
            if (memory >= 0) {
                file.chunks.retain(memory, Pages.ceil((fileOffset & Pages.MASK) + length));
            }
        } finally {
            file.lock.unlockRead(stamp);
        }
        if (memory < 0) {
            return target.putZeros(length);
        }
        try {
            return put(target, memory + (fileOffset & Pages.MASK), length);
        } finally {
            file.chunks.release(memory, Pages.ceil((fileOffset & Pages.MASK) + length));
        }
    }

    long write(long fileOffset, IoBuffer source) {
        if (source instanceof UserBuffer || source instanceof KernelBuffer) {
            return writeFrom(fileOffset, source);
        }
        // The buffer of somebody else may take locks: bounce.
        byte[] bounce = new byte[(int) Math.min(source.remaining(), 1 << 16)];
        MemorySegment memory = MemorySegment.ofArray(bounce);
        long done = 0;
        while (source.remaining() > 0) {
            long got = source.get(memory, 0, Math.min(bounce.length, source.remaining()));
            if (got == 0) {
                break;
            }
            long written = writeFrom(fileOffset + done, new KernelBuffer(memory.asSlice(0, got)));
            done += written;
            if (written < got) {
                source.rewind(source.transferred() - (got - written));
                break;
            }
        }
        return done;
    }

    private long writeFrom(long fileOffset, IoBuffer source) {
        // made when pages are missing: overwriting allocates nothing
        @Nullable WriteBudget budget = null;
        long done = 0;
        try {
            while (source.remaining() > 0) {
                long at = fileOffset + done;
                long moved = writeStep(at, source, budget);
                if (moved > 0) {
                    done += moved;
                } else if (moved == NEEDS_PAGES) {
                    budget = budget == null ? new WriteBudget(file) : budget;
                    if (!budget.take(at, Math.min(source.remaining(), STEP_BYTES), done > 0)) {
                        break;
                    }
                } else if (moved == ABSENT) {
                    file.filler.fill(at >>> Pages.SHIFT, Long.MAX_VALUE);
                } else if (!canGoOn(source, false)) {
                    if (budget != null) {
                        dropUnwritten((at >>> Pages.SHIFT) + 1, budget.madeEnd());
                    }
                    break;
                }
            }
        } finally {
            if (budget != null) {
                budget.giveBack();
            }
        }
        return done;
    }

    private static final long NEEDS_PAGES = -3;

    private long writeStep(long fileOffset, IoBuffer source, @Nullable WriteBudget budget) {
        long at = fileOffset;
        long stepEnd = fileOffset + Math.min(STEP_BYTES, source.remaining());
        long stamp = file.lock.writeLock();
        try {
            file.beforeWriteLocked(at);
            while (at < stepEnd) {
                long page = at >>> Pages.SHIFT;
                Extent extent = file.extents.find(page);
                if (extent == null || !extent.has(page)) {
                    extent = makePresentLocked(extent, at, stepEnd, budget);
                    if (extent == null) {
                        long moved = at - fileOffset;
                        return moved > 0 ? moved : needsFill(at) ? ABSENT : NEEDS_PAGES;
                    }
                }
                long end = extent.nextAbsent(page) << Pages.SHIFT;
                long length = Math.min(end, stepEnd) - at;
                long memory = extent.memoryOf(page) + (at & Pages.MASK);
                long moved = get(source, memory, length);
                markDirtyLocked(extent, at, at + moved);
                at += moved;
                file.afterWriteLocked(at);
                if (moved < length) {
                    break;
                }
            }
            return at - fileOffset;
        } finally {
            file.lock.unlockWrite(stamp);
        }
    }

    /**
     * Lets go what was made for the part of a write that could not be read. The page of the fault
     * stays, as in generic_perform_write(), mm/filemap.c; so does what others have found meanwhile.
     */
    private void dropUnwritten(long from, long madeEnd) {
        RunList removed = new RunList();
        long count = 0;
        long stamp = file.lock.writeLock();
        try {
            long to = from;
            while (to < madeEnd && isUnwritten(to)) {
                to++;
            }
            if (from < to) {
                count = file.extents.remove(from, to, removed);
            }
        } finally {
            file.lock.unlockWrite(stamp);
        }
        file.finishRemoval(List.of(), 0, 0, removed, count);
    }

    private boolean isUnwritten(long page) {
        Extent extent = file.extents.find(page);
        if (extent == null || !extent.has(page)) {
            return false;
        }
        long memory = extent.memoryOf(page);
        return file.chunks.references(memory) == 1
                && file.chunks.segment(memory, Pages.BYTES).mismatch(ZERO_PAGE) < 0;
    }

    private long get(IoBuffer source, long memoryOffset, long lengthBytes) {
        MemorySegment chunk = file.chunks.chunk(memoryOffset);
        long inChunk = memoryOffset & (ChunkedMemoryFile.CHUNK_BYTES - 1);
        return source instanceof UserBuffer user
                ? user.getResident(chunk, inChunk, lengthBytes)
                : source.get(chunk, inChunk, lengthBytes);
    }

    private void markDirtyLocked(Extent extent, long from, long to) {
        if (file.pager != null && from < to) {
            extent.dirty.set(
                    (int) ((from >>> Pages.SHIFT) - extent.firstPage),
                    (int) (((to + Pages.MASK) >>> Pages.SHIFT) - extent.firstPage));
        }
    }

    /**
     * Whether the page at {@code at} must be read first: a copy that stops half way must not lose
     * the rest of it.
     */
    private boolean needsFill(long at) {
        return file.pager != null && at >>> Pages.SHIFT < file.sizePages();
    }

    /**
     * Makes the page at {@code at}, and those behind it that will be overwritten, present; null if
     * not now.
     */
    private @Nullable Extent makePresentLocked(
            @Nullable Extent there, long at, long end, @Nullable WriteBudget budget) {
        if (needsFill(at) || budget == null || budget.pages() == 0) {
            return null;
        }
        long page = at >>> Pages.SHIFT;
        long sizePages = Math.max(file.sizePages(), (end + Pages.MASK) >>> Pages.SHIFT);
        Extent extent = there != null ? there : file.extents.make(page, sizePages);
        long last = (end + Pages.MASK) >>> Pages.SHIFT;
        long to = Math.max(page + 1, Math.min(last, extent.nextPresent(page)));
        to = Math.min(Math.min(to, extent.endPage()), page + budget.pages());
        file.extents.markPresent(extent, page, to);
        budget.use(page, to);
        return extent;
    }
}
