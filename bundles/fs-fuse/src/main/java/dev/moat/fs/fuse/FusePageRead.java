package dev.moat.fs.fuse;

import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;

/** A FUSE_READ that pages of a file come by, for all who wait for one of them. */
@Stateful
final class FusePageRead implements UserFault {
    private final FuseCache cache;
    private final FuseRequest request;

    /** First and behind the last byte: bounds of pages. */
    private final long from;

    private final long to;

    /** {@link FuseConnection#attributeVersion} when it was sent. */
    private final long version;

    /** Who waits. Guarded by the lock of the cache. */
    private int waiters;

    /**
     * What it reads was changed meanwhile: it is of no use. Set under the lock of the cache;
     * volatile: looked at by whoever waits.
     */
    private volatile boolean stale;

    /** Bytes that were asked for. */
    private final long asked;

    FusePageRead(FuseCache cache, FuseRequest request, long from, long asked, long version) {
        this.cache = cache;
        this.request = request;
        this.from = from;
        this.to = FuseCache.ceil(from + asked);
        this.asked = asked;
        this.version = version;
    }

    FuseRequest request() {
        return request;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    long version() {
        return version;
    }

    /** Whether the server had less than it was asked for. */
    boolean isShort() {
        return request.answer().length < asked;
    }

    boolean covers(long offset) {
        return from <= offset && offset < to;
    }

    boolean overlaps(long start, long end) {
        return from < end && start < to;
    }

    /** One more, or one fewer, waits; gives how many there are. With the lock of the cache. */
    int addWaitersLocked(int more) {
        waiters += more;
        return waiters;
    }

    boolean isStale() {
        return stale;
    }

    void setStale() {
        stale = true;
    }

    @Override
    public WaitQueue queue() {
        return request.answered();
    }

    @Override
    public boolean isOver() {
        return stale || request.isDone();
    }

    @Override
    public boolean hasFailed() {
        return !stale && request.isDone() && request.error() != 0;
    }

    @Override
    public void end() {
        cache.leave(this);
    }
}
