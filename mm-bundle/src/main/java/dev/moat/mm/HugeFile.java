package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import dev.moat.lib.range.LongRangeSet;
import java.util.List;
import java.util.TreeMap;

/**
 * {@link HugeFilePages}: huge pages of the pool by their number in the file. What was promised to
 * shared mappings is the file's, and so outlives them; what a private mapping was promised is its
 * own ({@link HugeReserve}). Source: fs/hugetlbfs/inode.c, mm/hugetlb.c.
 */
@Stateful
final class HugeFile implements HugeFilePages {
    /** What {@link #fault} and {@link #find} give instead of an offset in the memory file. */
    static final long ABSENT = -1;

    static final long BEHIND_END = -2;

    private final long id;
    private final ChunkedMemoryFile chunks;
    final HugePool pool;
    final HugeShare share;

    private final RankedLock lock = new RankedLock(LockRank.FILE_PAGES);

    // Guarded by the lock.
    private final TreeMap<Long, Long> frames = new TreeMap<>();

    /** Those that are promised, and those that are there. */
    private final LongRangeSet promised = new LongRangeSet();

    private final FileMappers mappers = new FileMappers();
    private boolean closed;
    private boolean promisesEnded;

    /** Changed under the lock; volatile for {@link #sizeBytes} without it. */
    private volatile long size;

    HugeFile(KernelMemory memory, HugePool pool, HugeShare share) {
        this.id = memory.newId();
        this.chunks = memory.chunks();
        this.pool = pool;
        this.share = share;
    }

    @Override
    public long mappableId() {
        return id;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public void growTo(long bytes) {
        lock.lock();
        try {
            size = Math.max(size, bytes);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void endPromises() {
        lock.lock();
        try {
            promisesEnded = true;
        } finally {
            lock.unlock();
        }
    }

    boolean promisesEnded() {
        lock.lock();
        try {
            return promisesEnded;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void promise(long fileOffset, long lengthBytes) {
        long from = fileOffset >>> HugePages.SHIFT;
        long to = HugePages.ceil(fileOffset + lengthBytes) >>> HugePages.SHIFT;
        lock.lock();
        try {
            if (!pool.promise(share, to - from - promisedLocked(from, to))) {
                throw Errno.ENOMEM.exception();
            }
            promised.add(from, to);
        } finally {
            lock.unlock();
        }
    }

    /** How many pages of {@code [from, to)} are promised or there. */
    private long promisedLocked(long from, long to) {
        long count = 0;
        for (int i = promised.firstEndingAfter(from);
                i < promised.size() && promised.start(i) < to;
                i++) {
            count += Math.min(to, promised.end(i)) - Math.max(from, promised.start(i));
        }
        return count;
    }

    private long sizePages() {
        return HugePages.ceil(size) >>> HugePages.SHIFT;
    }

    /**
     * The page of a fault on a shared mapping, made if there is none, with a reference for the
     * caller; {@link #BEHIND_END}, or {@link #ABSENT}: the pool has none.
     */
    long fault(long index) {
        lock.lock();
        try {
            return index >= sizePages() ? BEHIND_END : retainedLocked(makeLocked(index));
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #fault}, but {@link #ABSENT} for what is not there. */
    long find(long index) {
        lock.lock();
        try {
            if (index >= sizePages()) {
                return BEHIND_END;
            }
            Long frame = frames.get(index);
            return frame == null ? ABSENT : retainedLocked(frame);
        } finally {
            lock.unlock();
        }
    }

    private long retainedLocked(long frame) {
        if (frame >= 0) {
            chunks.retain(frame, HugePages.BYTES);
        }
        return frame;
    }

    /** A page of the file, of which it has the reference; {@link HugePool#NONE}. */
    private long makeLocked(long index) {
        Long known = frames.get(index);
        if (known != null) {
            return known;
        }
        long frame = pool.take(share, promised.contains(index));
        if (frame >= 0) {
            frames.put(index, frame);
            promised.add(index, index + 1);
        }
        return frame;
    }

    /** A page is held while it is copied: who reads may map it, and its fault takes other locks. */
    @Override
    public long read(long fileOffset, IoBuffer target) {
        if (fileOffset < 0) {
            throw Errno.EINVAL.exception();
        }
        long moved = 0;
        while (target.remaining() > 0 && !target.faulted()) {
            long at = fileOffset + moved;
            long within = at & HugePages.BYTES - 1;
            long wanted = Math.min(size - at, HugePages.BYTES - within);
            if (wanted <= 0) {
                break;
            }
            long frame = find(at >>> HugePages.SHIFT);
            if (frame < 0) {
                moved += target.putZeros(wanted);
                continue;
            }
            try {
                moved += target.put(chunks.segment(frame, HugePages.BYTES), within, wanted);
            } finally {
                chunks.release(frame, HugePages.BYTES);
            }
        }
        return moved;
    }

    @Override
    public long write(long fileOffset, IoBuffer source) {
        throw Errno.EINVAL.exception();
    }

    /** What was allocated behind the new end goes, even if that lies farther than the old one. */
    @Override
    public void truncate(long newSizeBytes) {
        boolean smaller;
        lock.lock();
        try {
            smaller = newSizeBytes < size;
            size = newSizeBytes;
        } finally {
            lock.unlock();
        }
        remove(HugePages.ceil(newSizeBytes) >>> HugePages.SHIFT, Long.MAX_VALUE);
        if (smaller) {
            clear(newSizeBytes, HugePages.ceil(newSizeBytes));
        }
    }

    /** hugetlbfs_punch_hole(). */
    @Override
    public void punch(long fileOffset, long lengthBytes) {
        long end = PagedFile.end(fileOffset, lengthBytes);
        long last = HugePages.floor(end);
        if (fileOffset > last) {
            // Within one page; it may be the last one that there can be.
            clear(fileOffset, end);
            return;
        }
        long first = HugePages.ceil(fileOffset);
        clear(fileOffset, first);
        if (first < last) {
            remove(first >>> HugePages.SHIFT, last >>> HugePages.SHIFT);
        }
        clear(last, end);
    }

    /** Zeroes a part of one page. */
    private void clear(long from, long to) {
        if (from >= to) {
            return;
        }
        lock.lock();
        try {
            Long frame = frames.get(from >>> HugePages.SHIFT);
            if (frame != null) {
                long within = from & HugePages.BYTES - 1;
                chunks.segment(frame + Pages.floor(within), HugePages.BYTES - Pages.floor(within))
                        .asSlice(within & Pages.MASK, to - from)
                        .fill((byte) 0);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes pages out, and what was promised; private copies go, too: hugetlb_vmdelete_list(). */
    private void remove(long from, long to) {
        RunList removed = new RunList();
        long unused;
        List<Mapper> told;
        lock.lock();
        try {
            unused = takeOutLocked(from, to, removed);
            told = mappers.copy();
        } finally {
            lock.unlock();
        }
        long offset = from << HugePages.SHIFT;
        long length = to == Long.MAX_VALUE ? Long.MAX_VALUE : to - from << HugePages.SHIFT;
        for (Mapper mapper : told) {
            mapper.invalidate(this, offset, length, true);
        }
        removed.release(chunks);
        pool.forgo(share, unused);
    }

    /** Their references go to the list; how many were promised and are not there. */
    private long takeOutLocked(long from, long to, RunList removed) {
        var gone = frames.subMap(from, to);
        long unused = promisedLocked(from, to) - gone.size();
        for (long frame : gone.values()) {
            removed.add(frame, HugePages.BYTES);
        }
        gone.clear();
        promised.remove(from, to);
        return unused;
    }

    /** fallocate(2): ENOSPC; what is there stays. */
    @Override
    public void reserve(long fileOffset, long lengthBytes) {
        long end = HugePages.ceil(PagedFile.end(fileOffset, lengthBytes)) >>> HugePages.SHIFT;
        for (long index = fileOffset >>> HugePages.SHIFT; index < end; index++) {
            lock.lock();
            try {
                if (makeLocked(index) < 0) {
                    throw Errno.ENOSPC.exception();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public long seekData(long fileOffset) {
        return fileOffset < 0 || fileOffset >= size ? -1 : fileOffset;
    }

    @Override
    public long seekHole(long fileOffset) {
        return fileOffset < 0 || fileOffset >= size ? -1 : size;
    }

    @Override
    public long allocatedBytes() {
        lock.lock();
        try {
            return (long) frames.size() << HugePages.SHIFT;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drop(long fileOffset, long lengthBytes) {
        // Nothing is behind it.
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        // Nothing is behind it.
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        long frame = fault(offset >>> HugePages.SHIFT);
        if (frame == ABSENT) {
            throw Errno.ENOSPC.exception();
        }
        if (frame < 0) {
            return Translation.NONE;
        }
        long within = offset & HugePages.BYTES - 1;
        if (within > 0) {
            chunks.release(frame, within);
        }
        return new Translation(frame + within, HugePages.BYTES - within);
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        lock.lock();
        try {
            mappers.add(mapper, writableShared);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        lock.lock();
        try {
            mappers.remove(mapper, writableShared);
        } finally {
            lock.unlock();
        }
        freeIfUnused();
    }

    List<Mapper> mappers() {
        lock.lock();
        try {
            return mappers.copy();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isMapped() {
        lock.lock();
        try {
            return !mappers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean hasWritableMappings() {
        lock.lock();
        try {
            return mappers.hasWriters();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        freeIfUnused();
    }

    private void freeIfUnused() {
        RunList removed = new RunList();
        long unused;
        lock.lock();
        try {
            if (!closed || !mappers.isEmpty()) {
                return;
            }
            unused = takeOutLocked(0, Long.MAX_VALUE, removed);
        } finally {
            lock.unlock();
        }
        removed.release(chunks);
        pool.forgo(share, unused);
    }
}
