package dev.moat.mm;

import dev.moat.api.mm.Mappable.Mapper;
import dev.moat.api.mm.ServedPages;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link ServedPages} of a file. */
final class ServedContent implements ServedPages {
    private final PagedFile file;

    ServedContent(PagedFile file) {
        this.file = file;
    }

    @Override
    public void supply(long fileOffset, MemorySegment content) {
        long from = fileOffset >>> Pages.SHIFT;
        long to = from + (content.byteSize() >>> Pages.SHIFT);
        file.memory.chargeFile(file.quota, to - from);
        long used = 0;
        long stamp = file.lock.writeLock();
        try {
            for (long page = from; page < Math.min(to, file.sizePages()); page++) {
                long at = (page - from) << Pages.SHIFT;
                used += insertLocked(page, content.asSlice(at, Pages.BYTES), false) ? 1 : 0;
            }
        } finally {
            file.lock.unlockWrite(stamp);
            file.memory.unchargeFile(file.quota, to - from - used);
        }
    }

    /**
     * Adds a page that was charged; false if it is there.
     *
     * @param content no longer than a page; zeros follow
     */
    private boolean insertLocked(long page, MemorySegment content, boolean dirty) {
        Extent extent = file.extents.make(page, Math.max(page + 1, file.sizePages()));
        if (extent.has(page)) {
            return false;
        }
        MemorySegment memory = file.chunks.segment(extent.memoryOf(page), Pages.BYTES);
        memory.copyFrom(content);
        memory.asSlice(content.byteSize()).fill((byte) 0);
        file.extents.markPresent(extent, page, page + 1);
        int bit = (int) (page - extent.firstPage);
        extent.dirty.set(bit, dirty);
        return true;
    }

    @Override
    public void refresh(long fileOffset, MemorySegment content) {
        try {
            for (long done = 0; done < content.byteSize(); ) {
                long at = fileOffset + done;
                long length = Math.min(Pages.BYTES - (at & Pages.MASK), content.byteSize() - done);
                MemorySegment part = content.asSlice(done, length);
                if (!overwrite(at, part, false) && length == Pages.BYTES) {
                    insert(at, part);
                }
                done += length;
            }
        } finally {
            file.afterChange();
        }
    }

    /** Changes a page that is there; false if it is not. */
    private boolean overwrite(long fileOffset, MemorySegment part, boolean dirty) {
        long page = fileOffset >>> Pages.SHIFT;
        long stamp = file.lock.writeLock();
        try {
            Extent extent = file.extents.find(page);
            if (extent == null || !extent.has(page)) {
                return false;
            }
            file.beforeWriteLocked(fileOffset);
            long memory = extent.memoryOf(page) + (fileOffset & Pages.MASK);
            file.chunks.segment(memory, part.byteSize()).copyFrom(part);
            if (dirty) {
                extent.dirty.set((int) (page - extent.firstPage));
                file.afterWriteLocked(fileOffset + part.byteSize());
            }
            return true;
        } finally {
            file.lock.unlockWrite(stamp);
        }
    }

    /** A page that was written behind the file, if there is memory for it. */
    private void insert(long fileOffset, MemorySegment part) {
        if (!file.memory.tryChargeFile(file.quota, 1)) {
            return;
        }
        boolean used = false;
        long page = fileOffset >>> Pages.SHIFT;
        long stamp = file.lock.writeLock();
        try {
            used = page < file.sizePages() && insertLocked(page, part, false);
        } finally {
            file.lock.unlockWrite(stamp);
            file.memory.unchargeFile(file.quota, used ? 0 : 1);
        }
    }

    @Override
    public long write(long fileOffset, MemorySegment content) {
        long done = 0;
        try {
            while (done < content.byteSize()) {
                long at = fileOffset + done;
                long length = Math.min(Pages.BYTES - (at & Pages.MASK), content.byteSize() - done);
                MemorySegment part = content.asSlice(done, length);
                if (!overwrite(at, part, true) && !insertDirty(at, part)) {
                    break;
                }
                done += length;
            }
        } finally {
            file.afterChange();
        }
        return done;
    }

    /** Whether the page could be put in: what the file has of it beside the part is known. */
    private boolean insertDirty(long fileOffset, MemorySegment part) {
        long page = fileOffset >>> Pages.SHIFT;
        long start = page << Pages.SHIFT;
        long head = fileOffset - start;
        file.memory.chargeFile(file.quota, 1);
        boolean used = false;
        long stamp = file.lock.writeLock();
        try {
            long size = file.sizeBytes();
            boolean known =
                    (head == 0 || start >= size)
                            && fileOffset + part.byteSize() >= Math.min(size, start + Pages.BYTES);
            if (!known) {
                return false;
            }
            file.beforeWriteLocked(fileOffset);
            MemorySegment whole = MemorySegment.ofArray(new byte[(int) (head + part.byteSize())]);
            whole.asSlice(head).copyFrom(part);
            used = insertLocked(page, whole, true);
            file.afterWriteLocked(fileOffset + part.byteSize());
            return used;
        } finally {
            file.lock.unlockWrite(stamp);
            file.memory.unchargeFile(file.quota, used ? 0 : 1);
        }
    }

    @Override
    public @Nullable Dirty takeDirty(long fileOffset, long endOffset, int mostBytes) {
        long from = fileOffset >>> Pages.SHIFT;
        long to = PagedFile.end(endOffset, Pages.MASK) >>> Pages.SHIFT;
        Run run;
        List<Mapper> told = List.of();
        long stamp = file.lock.writeLock();
        try {
            run = firstDirtyLocked(from, to, mostBytes >>> Pages.SHIFT);
            if (run == null) {
                return null;
            }
            int first = (int) (run.from - run.extent.firstPage);
            run.extent.dirty.clear(first, (int) (run.to - run.extent.firstPage));
            file.chunks.retain(run.memoryOffset(), run.lengthBytes());
            if (file.mappers.hasWriters()) {
                told = file.mappers.copy();
            }
        } finally {
            file.lock.unlockWrite(stamp);
        }
        try {
            for (Mapper mapper : told) {
                // Who writes from here on makes the page dirty again.
                mapper.invalidate(file, run.from << Pages.SHIFT, run.lengthBytes(), false);
            }
            long start = run.from << Pages.SHIFT;
            long length = Math.clamp(file.sizeBytes() - start, 0, run.lengthBytes());
            MemorySegment content = file.chunks.segment(run.memoryOffset(), run.lengthBytes());
            return new Dirty(start, content.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        } finally {
            file.chunks.release(run.memoryOffset(), run.lengthBytes());
        }
    }

    /** Pages in a row of one extent. */
    private record Run(Extent extent, long from, long to) {
        long memoryOffset() {
            return extent.memoryOf(from);
        }

        long lengthBytes() {
            return (to - from) << Pages.SHIFT;
        }
    }

    private @Nullable Run firstDirtyLocked(long from, long to, long mostPages) {
        for (int i = 0; i < file.extents.size(); i++) {
            Extent extent = file.extents.at(i);
            if (extent.endPage() <= from || extent.firstPage >= to) {
                continue;
            }
            int bit = extent.dirty.nextSetBit((int) Math.max(0, from - extent.firstPage));
            long first = extent.firstPage + bit;
            if (bit < 0 || first >= to) {
                continue;
            }
            long clean = extent.firstPage + extent.dirty.nextClearBit(bit);
            long end = Math.min(Math.min(clean, extent.endPage()), to);
            return new Run(extent, first, Math.min(end, first + Math.max(1, mostPages)));
        }
        return null;
    }
}
