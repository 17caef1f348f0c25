package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.abi.OpenFlags;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A regular file of a server. */
@Stateful
final class FuseRegular extends FuseInode {
    private static final int OPEN_BYTES = 16;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Opened by FUSE_CREATE, for the open(2) that comes next; guarded by the lock. */
    private @Nullable Prepared prepared;

    /** Open for writing: by way of one of them dirty pages go out. Guarded by the lock. */
    private final List<FuseHandle> writers = new ArrayList<>(1);

    private final FuseTurn turn = new FuseTurn();
    private final FuseCache cache;

    /** The server does not know yet when pages were written; volatile: a note. */
    private volatile boolean timesDirty;

    FuseRegular(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        super(filesystem, entry, attributes);
        this.cache = new FuseCache(filesystem, entry.node());
    }

    /**
     * A file that FUSE_CREATE has opened.
     *
     * @param tid of the task that called open(2)
     * @param how FOPEN_*
     */
    record Prepared(int tid, long handle, int how) {}

    void prepare(Prepared fresh) {
        Prepared old = exchange(fresh);
        if (old != null) {
            server().connection().post(FuseHandle.released(node(), old.handle(), 0));
        }
    }

    private @Nullable Prepared exchange(@Nullable Prepared fresh) {
        lock.lock();
        try {
            Prepared old = prepared;
            prepared = fresh;
            return old;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Prepared takePrepared(int tid) {
        lock.lock();
        try {
            Prepared mine = prepared;
            if (mine == null || mine.tid() != tid) {
                return null;
            }
            prepared = null;
            return mine;
        } finally {
            lock.unlock();
        }
    }

    FuseCache cache() {
        return cache;
    }

    FilePages pages() {
        return cache.pages(lastAttributes().sizeBytes());
    }

    FuseTurn turn() {
        return turn;
    }

    /** Whether writes go to the pages first. */
    boolean writesBack() {
        return server().connection().has(Fuse.FUSE_WRITEBACK_CACHE);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        Prepared mine = takePrepared(task.tid());
        if (mine != null) {
            return opened(flags, mine.handle(), mine.how(), true);
        }
        flushAnyhow(task);
        FuseConnection connection = server().connection();
        if (!connection.isMissing(Fuse.FUSE_OPEN)) {
            Body body = new Body().u32(FuseFile.toldFlags(flags)).u32(0);
            try {
                Answer answer =
                        connection.call(
                                task, FuseRequest.of(Fuse.FUSE_OPEN, node(), body, OPEN_BYTES));
                return opened(flags, answer.u64(0), answer.u32(8), true);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOSYS) {
                    throw e;
                }
            }
        }
        return opened(flags, 0, Fuse.FOPEN_KEEP_CACHE, false);
    }

    private FuseFile opened(int flags, long id, int how, boolean byServer) {
        FuseHandle handle =
                new FuseHandle(
                        server().connection(),
                        node(),
                        id,
                        how,
                        FuseFile.toldFlags(flags),
                        byServer);
        if (!handle.has(Fuse.FOPEN_KEEP_CACHE) && !handle.has(Fuse.FOPEN_DIRECT_IO)) {
            cache.invalidate(0, Long.MAX_VALUE);
        }
        FuseFile file = new FuseFile(this, handle, flags);
        if ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY) {
            lock.lock();
            try {
                writers.add(handle);
            } finally {
                lock.unlock();
            }
        }
        return file;
    }

    void closed(FuseHandle handle) {
        lock.lock();
        try {
            writers.remove(handle);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable FuseHandle anyWriter() {
        lock.lock();
        try {
            return writers.isEmpty() ? null : writers.getFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Writes dirty pages by way of whoever has the file open for writing. */
    void flushAnyhow(Task task) {
        FuseHandle writer = anyWriter();
        if (writer != null) {
            flush(task, writer, 0, Long.MAX_VALUE);
        }
    }

    /** Writes dirty pages of a range and times; what goes wrong is told by the next fsync(2). */
    void flush(Task task, FuseHandle by, long from, long to) {
        cache.dirt().flush(task, by, from, to);
        if (timesDirty) {
            set(FuseSetattr.times(lastAttributes()).by(by));
            timesDirty = false;
        }
    }

    @Override
    public void truncate(long sizeBytes) {
        truncate(FuseSetattr.size(sizeBytes));
    }

    /** ftruncate(2). */
    void truncate(long sizeBytes, FuseHandle by) {
        truncate(FuseSetattr.size(sizeBytes).by(by));
    }

    private void truncate(FuseSetattr wanted) {
        if (wanted.sizeBytes() < 0) {
            throw Errno.EINVAL.exception();
        }
        Task task = PayingThread.current();
        if (task == null) {
            throw Errno.EIO.exception();
        }
        turn.take(task);
        try {
            set(wanted);
        } finally {
            turn.give();
        }
    }

    /** Flushes what the server should know before it changes anything else: fuse_do_setattr(). */
    @Override
    void beforeSet(FuseSetattr wanted) {
        Task task = PayingThread.current();
        int others = Fuse.FATTR_MODE | Fuse.FATTR_UID | Fuse.FATTR_GID | Fuse.FATTR_ATIME;
        if (writesBack() && task != null && wanted.sets(others)) {
            FuseHandle writer = anyWriter();
            if (writer != null) {
                cache.dirt().flush(task, writer, 0, Long.MAX_VALUE);
            }
        }
    }

    @Override
    void afterSet(FuseSetattr wanted, FuseAttributes told, long version) {
        if (!writesBack()) {
            learn(told, version);
            return;
        }
        boolean resizes = wanted.sets(Fuse.FATTR_SIZE);
        FuseAttributes stamped = told.at(server().connection().nextAttributeVersion());
        FuseAttributes old = change(known -> resizes ? stamped : stamped.sized(known.sizeBytes()));
        if (resizes && old.sizeBytes() != told.sizeBytes()) {
            cache.resize(told.sizeBytes());
        }
    }

    @Override
    FuseAttributes merged(FuseAttributes known, FuseAttributes told) {
        return writesBack() ? told.behind(known) : told;
    }

    /** fuse_change_attributes(). */
    @Override
    void learnt(FuseAttributes old, FuseAttributes now) {
        FuseConnection connection = server().connection();
        boolean resized = old.sizeBytes() != now.sizeBytes();
        if (resized) {
            cache.resize(now.sizeBytes());
        }
        boolean other =
                resized
                        ? !connection.has(Fuse.FUSE_EXPLICIT_INVAL_DATA)
                        : connection.has(Fuse.FUSE_AUTO_INVAL_DATA)
                                && old.mtimeNs() != now.mtimeNs();
        if (other && !writesBack()) {
            cache.invalidate(0, Long.MAX_VALUE);
        }
    }

    /** Something was written: the size is at least this, the rest is to be asked for. */
    void noteWritten(long endBytes) {
        long version = server().connection().nextAttributeVersion();
        FuseAttributes old =
                change(known -> known.resized(Math.max(known.sizeBytes(), endBytes), version));
        if (endBytes > old.sizeBytes()) {
            cache.resize(endBytes);
        }
    }

    /** Something was written to the pages. */
    void noteKept(long endBytes) {
        long version = server().connection().nextAttributeVersion();
        long nowNs = server().sandbox().clock().realtimeNs();
        change(known -> known.written(Math.max(known.sizeBytes(), endBytes), nowNs, version));
        timesDirty = true;
    }

    /** A read found the end of the file, before anybody wrote: fuse_read_update_size(). */
    void endsAt(long sizeBytes, long version) {
        long next = server().connection().nextAttributeVersion();
        FuseAttributes old =
                change(known ->
                        known.version() <= version && sizeBytes < known.sizeBytes()
                                ? known.resized(sizeBytes, next)
                                : known);
        if (old.version() <= version && sizeBytes < old.sizeBytes()) {
            cache.shrink(sizeBytes);
        }
    }
}
