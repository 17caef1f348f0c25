package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/** A regular file of a server. */
@Stateful
final class FuseRegular extends FuseInode {
    private static final int OPEN_BYTES = 16;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Opened by FUSE_CREATE, for the open(2) that comes next; guarded by the lock. */
    private @Nullable Prepared prepared;

    /** Copy of the content for who maps it; guarded by the lock. */
    private @Nullable FilePages pages;

    FuseRegular(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        super(filesystem, entry, attributes);
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
            server().connection().post(FuseFile.release(node(), old.handle(), 0));
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

    @Override
    public FileDescription open(Task task, int flags) {
        Prepared mine = takePrepared(task.tid());
        if (mine != null) {
            return new FuseFile(this, flags, mine.handle(), mine.how(), true);
        }
        FuseConnection connection = server().connection();
        if (!connection.isMissing(Fuse.FUSE_OPEN)) {
            Body body = new Body().u32(FuseFile.toldFlags(flags)).u32(0);
            try {
                Answer answer =
                        connection.call(
                                task, FuseRequest.of(Fuse.FUSE_OPEN, node(), body, OPEN_BYTES));
                forgetAttributes();
                return new FuseFile(this, flags, answer.u64(0), answer.u32(8), true);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOSYS) {
                    throw e;
                }
            }
        }
        return new FuseFile(this, flags, 0, 0, false);
    }

    @Override
    public void truncate(long sizeBytes) {
        if (sizeBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        setSize(sizeBytes);
        FilePages content = mapped();
        if (content != null) {
            content.truncate(sizeBytes);
        }
    }

    private @Nullable FilePages mapped() {
        lock.lock();
        try {
            return pages;
        } finally {
            lock.unlock();
        }
    }

    /** The pages for mappings, empty at first. */
    FilePages pages() {
        FilePages fresh = server().sandbox().memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        FilePages known;
        lock.lock();
        try {
            known = pages;
            if (known == null) {
                pages = fresh;
                known = fresh;
            }
        } finally {
            lock.unlock();
        }
        if (known != fresh) {
            fresh.close();
        }
        return known;
    }

    /** Something was written: the size is at least this, the rest is to be asked for. */
    void noteWritten(long endBytes) {
        FuseAttributes last = lastAttributes();
        learn(last.resized(Math.max(last.sizeBytes(), endBytes), 0));
    }
}
