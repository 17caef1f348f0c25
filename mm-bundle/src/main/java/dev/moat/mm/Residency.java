package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/** mincore(2) and msync(2): mm/mincore.c, mm/msync.c. */
@Stateful
final class Residency {
    private static final int SYNC_FLAGS =
            MemoryFlags.MS_ASYNC | MemoryFlags.MS_INVALIDATE | MemoryFlags.MS_SYNC;

    private final Space space;

    Residency(Space space) {
        this.space = space;
    }

    void collect(long start, byte[] vector) {
        long end = start + ((long) vector.length << Pages.SHIFT);
        space.mapping.lock();
        try {
            if (start < 0 || !space.areas.covers(start, end)) {
                throw Errno.ENOMEM.exception();
            }
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                long from = Math.max(start, area.start);
                long to = Math.min(end, area.end);
                if (area.file != null && area.file.backing() instanceof PagedFile file) {
                    collectFile(area, file, from, to, start, vector);
                }
                collectOwnedLocked(from, to, start, vector);
            }
        } finally {
            space.mapping.unlock();
        }
    }

    private static void collectFile(
            Vma area, PagedFile file, long from, long to, long start, byte[] vector) {
        for (long page = from; page < to; page += Pages.BYTES) {
            if (file.isResident(area.fileOffset(page))) {
                vector[(int) ((page - start) >>> Pages.SHIFT)] = 1;
            }
        }
    }

    /** Owned pages are there once they were touched: windows own more than that, the host knows. */
    private void collectOwnedLocked(long from, long to, long start, byte[] vector) {
        long at = space.table.nextPresent(from, to);
        while (at < to) {
            long runEnd = space.table.runEnd(at, to);
            int pages = (int) ((runEnd - at) >>> Pages.SHIFT);
            byte[] touched = new byte[pages];
            space.file.residency(Pte.offset(space.table.get(at)), runEnd - at, touched);
            int first = (int) ((at - start) >>> Pages.SHIFT);
            for (int i = 0; i < pages; i++) {
                vector[first + i] = (byte) (touched[i] & 1);
            }
            at = space.table.nextPresent(runEnd, to);
        }
    }

    private record Part(Mappable file, long offset, long lengthBytes) {}

    void sync(long address, long lengthBytes, int flags) {
        if ((flags & ~SYNC_FLAGS) != 0
                || (flags & (MemoryFlags.MS_ASYNC | MemoryFlags.MS_SYNC))
                        == (MemoryFlags.MS_ASYNC | MemoryFlags.MS_SYNC)
                || !Pages.isAligned(address)) {
            throw Errno.EINVAL.exception();
        }
        long length = Pages.ceil(lengthBytes);
        if (Long.compareUnsigned(address + length, address) < 0 || address < 0 && length > 0) {
            throw Errno.ENOMEM.exception();
        }
        if (length == 0) {
            return;
        }
        List<Part> parts = new ArrayList<>();
        long end = address + length < 0 ? Pages.floor(Long.MAX_VALUE) : address + length;
        boolean complete = collectParts(address, end, flags, parts);
        for (Part part : parts) {
            part.file().writeBack(part.offset(), part.lengthBytes());
        }
        if (!complete) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** What must be written back; false if there are holes. */
    private boolean collectParts(long start, long end, int flags, List<Part> parts) {
        space.mapping.lock();
        try {
            for (int i = space.areas.firstEndingAfter(start);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                Vma area = space.areas.at(i);
                if (area.locked && (flags & MemoryFlags.MS_INVALIDATE) != 0) {
                    throw Errno.EBUSY.exception();
                }
                Mappable file = area.file;
                if (file != null && area.isShared() && (flags & MemoryFlags.MS_SYNC) != 0) {
                    long from = Math.max(start, area.start);
                    parts.add(
                            new Part(file, area.fileOffset(from), Math.min(end, area.end) - from));
                }
            }
            return space.areas.covers(start, end);
        } finally {
            space.mapping.unlock();
        }
    }
}
