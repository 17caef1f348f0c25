package dev.moat.mm;

/** Numbers of pages of a file. */
record PageCounts(long present, long dirty, long mapped) {
    static PageCounts of(PagedFile file) {
        long stamp = file.lock.readLock();
        try {
            long dirty = 0;
            long mapped = 0;
            for (int i = 0; i < file.extents.size(); i++) {
                Extent extent = file.extents.at(i);
                dirty += extent.dirty.cardinality();
                mapped += file.mappers.isEmpty() ? 0 : mappedLocked(file, extent);
            }
            return new PageCounts(file.extents.presentPages(), dirty, mapped);
        } finally {
            file.lock.unlockRead(stamp);
        }
    }

    private static long mappedLocked(PagedFile file, Extent extent) {
        long mapped = 0;
        for (int page = extent.present.nextSetBit(0);
                page >= 0;
                page = extent.present.nextSetBit(page + 1)) {
            mapped += file.chunks.references(extent.memoryOf(extent.firstPage + page)) > 1 ? 1 : 0;
        }
        return mapped;
    }
}
