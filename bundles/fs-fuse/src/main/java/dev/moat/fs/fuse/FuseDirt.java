package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.ServedPages;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import org.jspecify.annotations.Nullable;

/** The pages of a file that the server has not got yet. Thread safe. */
@Stateful
final class FuseDirt {
    /** Who makes more of them dirty waits for the server. */
    private static final long MOST_PAGES = 2048;

    private final FuseCache cache;
    private final WaitQueue flushed = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** The one that was begun last; guarded by the lock. */
    private @Nullable FuseFlush last;

    /** Of a write that nobody was told of, 0 for none; guarded by the lock. */
    private int failure;

    FuseDirt(FuseCache cache) {
        this.cache = cache;
    }

    WaitQueue flushed() {
        return flushed;
    }

    boolean isThere() {
        return pages() > 0;
    }

    /** Whether a writer has to wait. */
    boolean isMuch() {
        return pages() > MOST_PAGES;
    }

    private long pages() {
        FilePages known = cache.pagesOrNull();
        return known == null ? 0 : known.countCached(0, Long.MAX_VALUE).dirty();
    }

    /** The next part in a range that is to be written; it is clean from here on. */
    ServedPages.@Nullable Dirty take(long from, long to, int mostBytes) {
        FilePages known = cache.pagesOrNull();
        return known == null ? null : known.served().takeDirty(from, to, mostBytes);
    }

    /**
     * Begins to write a range back, for whoever waits or not.
     *
     * @return null if nothing is dirty, nor on its way
     */
    @Nullable FuseFlush begin(FuseHandle handle, long from, long to) {
        FuseFlush fresh;
        boolean dirty = isThere();
        lock.lock();
        try {
            FuseFlush earlier = last;
            if (earlier != null && earlier.isOver()) {
                earlier = null;
                last = null;
            }
            if (!dirty || !handle.tryRetain()) {
                return earlier;
            }
            fresh = new FuseFlush(this, handle, from, to, earlier);
            last = fresh;
        } finally {
            lock.unlock();
        }
        handle.connection().post(FuseRequest.flushing(fresh));
        return fresh;
    }

    /**
     * Writes a range back and waits until the server has it.
     *
     * @throws dev.moat.abi.ErrnoException EINTR: the task ends
     */
    void flush(Task task, FuseHandle handle, long from, long to) {
        FuseFlush earlier = task.resumption().take(FuseFlush.class);
        FuseFlush flush = earlier != null ? earlier : begin(handle, from, to);
        if (flush == null) {
            return;
        }
        try {
            Blocker.Outcome outcome =
                    task.blocker()
                            .blockUninterruptibly(flush.queue(), flush::isOver, Blocker.FOREVER);
            if (outcome != Blocker.Outcome.READY) {
                throw Errno.EINTR.exception();
            }
        } catch (WaitSuspended e) {
            task.resumption().keep(flush);
            throw e;
        }
    }

    void failed(int error) {
        lock.lock();
        try {
            failure = error;
        } finally {
            lock.unlock();
        }
    }

    /** filemap_check_errors(): what went wrong since somebody was told last. */
    void throwFailure() {
        int error;
        lock.lock();
        try {
            error = failure;
            failure = 0;
        } finally {
            lock.unlock();
        }
        if (error != 0) {
            throw (error == Errno.ENOSPC.number() ? Errno.ENOSPC : Errno.EIO).exception();
        }
    }
}
