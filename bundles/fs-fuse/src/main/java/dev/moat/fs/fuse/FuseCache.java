package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page cache of a regular file. Pages come by reads that all wait for together; what changes
 * the file meanwhile makes such a read stale. Outlives the inode, which it does not refer to.
 * Thread safe.
 */
@Stateful
final class FuseCache {
    static final int PAGE_BYTES = 4096;

    /** get_init_ra_size(), mm/readahead.c: what the first read of a file brings at least. */
    private static final int FIRST_BYTES = 4 * PAGE_BYTES;

    /** Reads that nobody waits for are kept so long. */
    private static final int MOST_UNUSED = 4;

    private final FuseFilesystem filesystem;
    private final long node;
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Made when they are first needed; set under the lock, read without. */
    private volatile @Nullable FilePages pages;

    /** Sent and not used yet. Guarded by the lock. */
    private final List<FusePageRead> reads = new ArrayList<>();

    /** Where a sequential reader goes on, and how much it got last. Guarded by the lock. */
    private long nextOffset;

    private int windowBytes;

    private final FuseDirt dirt;

    FuseCache(FuseFilesystem filesystem, long node) {
        this.filesystem = filesystem;
        this.node = node;
        this.dirt = new FuseDirt(this);
    }

    /** What has to be written to the server. */
    FuseDirt dirt() {
        return dirt;
    }

    /** Null: nothing was cached so far. */
    @Nullable FilePages pagesOrNull() {
        return pages;
    }

    /** The pages; of a file of that size if there were none. */
    FilePages pages(long sizeBytes) {
        FilePages known = pages;
        if (known != null) {
            return known;
        }
        FilePages fresh = filesystem.sandbox().memory().newServedPages(sizeBytes);
        lock.lock();
        try {
            known = pages;
            if (known == null) {
                pages = fresh;
                return fresh;
            }
        } finally {
            lock.unlock();
        }
        fresh.close();
        return known;
    }

    /** The inode is gone, or the file system; mappings keep what they have. */
    void close() {
        FilePages known = pages;
        if (known != null) {
            known.close();
        }
    }

    /** The file has become so long. */
    void resize(long sizeBytes) {
        FilePages known = pages;
        if (known != null && known.sizeBytes() != sizeBytes) {
            makeStale(Math.min(known.sizeBytes(), sizeBytes), Long.MAX_VALUE);
            known.truncate(sizeBytes);
        }
    }

    /** The server has nothing behind this, as a read has shown. */
    void shrink(long sizeBytes) {
        FilePages known = pages;
        if (known != null && known.sizeBytes() > sizeBytes) {
            known.truncate(sizeBytes);
        }
    }

    /** What is clean is read again: the server has something else. */
    void invalidate(long from, long to) {
        FilePages known = pages;
        if (known != null) {
            makeStale(from, to);
            known.drop(from, to - from);
        }
    }

    /**
     * Notes what the server has written.
     *
     * @param inOrder whether nobody else can have written since
     */
    void written(long offset, byte[] data, int length, boolean inOrder) {
        FilePages known = pages;
        if (known == null) {
            return;
        }
        makeStale(offset, offset + length);
        if (inOrder) {
            MemorySegment content = MemorySegment.ofArray(data).asSlice(0, length);
            known.served().refresh(offset, content);
        } else {
            known.drop(offset, length);
        }
    }

    /** As {@link #written}, of a server that sends what it has by itself: FUSE_NOTIFY_STORE. */
    void store(long offset, byte[] data, long sizeBytes) {
        FilePages known = pages(sizeBytes);
        makeStale(offset, offset + data.length);
        boolean ends = offset + data.length >= sizeBytes;
        int tail = (int) (offset + data.length & PAGE_BYTES - 1);
        boolean padded = ends && tail != 0 && (offset & PAGE_BYTES - 1) == 0;
        byte[] whole = padded ? Arrays.copyOf(data, data.length + PAGE_BYTES - tail) : data;
        known.served().refresh(offset, MemorySegment.ofArray(whole));
    }

    private void makeStale(long from, long to) {
        List<FusePageRead> told = new ArrayList<>(0);
        lock.lock();
        try {
            for (int i = reads.size() - 1; i >= 0; i--) {
                FusePageRead read = reads.get(i);
                if (read.overlaps(from, to)) {
                    read.setStale();
                    told.add(read);
                    reads.remove(i);
                }
            }
        } finally {
            lock.unlock();
        }
        for (FusePageRead read : told) {
            read.queue().wakeAll(WaitQueue.ANY);
        }
    }

    /**
     * Waits until the page at {@code offset} may be there: the caller looks again.
     *
     * @param wantedEnd up to where the caller wants to read
     * @throws dev.moat.abi.ErrnoException what the server answered; EINTR: the task ends
     */
    void await(Task task, FuseHandle handle, long offset, long wantedEnd) {
        FusePageRead read = join(task, handle, offset, wantedEnd);
        try {
            Blocker.Outcome outcome =
                    task.blocker()
                            .blockUninterruptibly(read.queue(), read::isOver, Blocker.FOREVER);
            if (outcome != Blocker.Outcome.READY) {
                throw Errno.EINTR.exception();
            }
            if (read.hasFailed()) {
                throw Errno.of(read.request().error()).orElse(Errno.EIO).exception();
            }
        } finally {
            read.end();
        }
    }

    /** A read that brings the page at {@code offset}, sent if there is none; the caller ends it. */
    FusePageRead join(Task task, FuseHandle handle, long offset, long wantedEnd) {
        FusePageRead fresh;
        lock.lock();
        try {
            for (FusePageRead read : reads) {
                if (read.covers(offset)) {
                    read.addWaitersLocked(1);
                    return read;
                }
            }
            fresh = makeLocked(handle, offset, wantedEnd);
            fresh.addWaitersLocked(1);
            dropUnusedLocked();
            reads.add(fresh);
        } finally {
            lock.unlock();
        }
        filesystem.connection().send(task, fresh.request());
        return fresh;
    }

    private FusePageRead makeLocked(FuseHandle handle, long offset, long wantedEnd) {
        FuseConnection connection = filesystem.connection();
        long from = offset & -PAGE_BYTES;
        long wanted = wantedEnd - from;
        int ahead = connection.agreement().readAheadBytes();
        if (from == nextOffset && from != 0) {
            windowBytes = Math.min(ahead, Math.max(FIRST_BYTES, 2 * windowBytes));
            wanted = Math.max(wanted, windowBytes);
        } else if (from == 0) {
            windowBytes = Math.min(ahead, FIRST_BYTES);
            wanted = Math.max(wanted, windowBytes);
        }
        int most = Math.min(FuseConnection.MOST_DATA_BYTES, filesystem.options().mostReadBytes());
        long size = ceil(Math.min(Math.max(wanted, 1), most & -PAGE_BYTES));
        FilePages known = pages;
        if (known != null) {
            size = Math.clamp(ceil(known.sizeBytes()) - from, PAGE_BYTES, size);
        }
        // No further than to the end of the file: libfuse changes the length of an answer that has
        // become shorter after it was put into a pipe by vmsplice(2), which is a copy here.
        long asked = known == null ? size : Math.clamp(known.sizeBytes() - from, 1, size);
        nextOffset = from + size;
        windowBytes = (int) Math.max(windowBytes, Math.min(ahead, size));
        FuseRequest request = handle.reading(from, (int) asked, 0);
        return new FusePageRead(this, request, from, asked, connection.attributeVersion());
    }

    static long ceil(long bytes) {
        return bytes + PAGE_BYTES - 1 & -PAGE_BYTES;
    }

    private void dropUnusedLocked() {
        int unused = 0;
        for (int i = reads.size() - 1; i >= 0; i--) {
            FusePageRead read = reads.get(i);
            if (read.addWaitersLocked(0) == 0 && read.isOver() && ++unused > MOST_UNUSED) {
                reads.remove(i);
            }
        }
    }

    /** Somebody waits no longer; what was read is put in its place. */
    void leave(FusePageRead read) {
        boolean use;
        lock.lock();
        try {
            read.addWaitersLocked(-1);
            use = read.request().isDone() && !read.isStale() && reads.contains(read);
        } finally {
            lock.unlock();
        }
        if (!use) {
            return;
        }
        try {
            if (read.request().error() == 0) {
                supply(read);
            }
        } finally {
            lock.lock();
            try {
                reads.remove(read);
            } finally {
                lock.unlock();
            }
        }
    }

    private void supply(FusePageRead read) {
        byte[] bytes = read.request().answer();
        long end = read.to();
        if (read.isShort() && !filesystem.connection().has(Fuse.FUSE_WRITEBACK_CACHE)) {
            // fuse_short_read(): the file ends here, if nobody has written meanwhile.
            end = ceil(read.from() + bytes.length);
            if (filesystem.nodes().find(node) instanceof FuseRegular file) {
                file.endsAt(read.from() + bytes.length, read.version());
            }
        }
        FilePages known = pages;
        if (known != null && end > read.from()) {
            byte[] whole = Arrays.copyOf(bytes, (int) (end - read.from()));
            known.served().supply(read.from(), MemorySegment.ofArray(whole));
            if (read.isStale()) {
                known.drop(read.from(), end - read.from());
            }
        }
    }
}
