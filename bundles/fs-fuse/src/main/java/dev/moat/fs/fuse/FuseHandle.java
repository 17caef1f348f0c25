package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file as a server has opened it: FUSE_RELEASE is sent when the last of those who use it, its
 * description, mappings and dirty pages on their way, has let it go. Counted, lock free.
 */
@Stateful
final class FuseHandle {
    private final FuseConnection connection;
    private final long node;
    private final long id;

    /** FOPEN_*. */
    private final int how;

    /** Of open(2), as the server was told. */
    private final int flags;

    /** Whether the server has opened it and wants to hear of its end. */
    private final boolean opened;

    /** Whose locks of flock(2) end with it; 0 for nobody's. Volatile: set once, read at the end. */
    private volatile long locker;

    private final AtomicInteger references = new AtomicInteger(1);

    /** Carries one reference, owned by the caller. */
    FuseHandle(FuseConnection connection, long node, long id, int how, int flags, boolean opened) {
        this.connection = connection;
        this.node = node;
        this.id = id;
        this.how = how;
        this.flags = flags;
        this.opened = opened;
    }

    FuseConnection connection() {
        return connection;
    }

    long node() {
        return node;
    }

    long id() {
        return id;
    }

    boolean isOpened() {
        return opened;
    }

    /** Whether the server said so when it opened the file: FOPEN_*. */
    boolean has(int feature) {
        return (how & feature) != 0;
    }

    /** Adds a reference; false if the last one is gone already. */
    boolean tryRetain() {
        int count;
        do {
            count = references.get();
            if (count == 0) {
                return false;
            }
        } while (!references.compareAndSet(count, count + 1));
        return true;
    }

    void retain() {
        if (!tryRetain()) {
            throw new IllegalStateException("the file was released already");
        }
    }

    /** Drops a reference. Any locks but those of the connection may be held. */
    void release() {
        if (references.decrementAndGet() == 0 && opened) {
            int how = locker == 0 ? 0 : Fuse.FUSE_RELEASE_FLOCK_UNLOCK;
            Body body = new Body().u64(id).u32(flags).u32(how).u64(locker);
            connection.post(FuseRequest.of(Fuse.FUSE_RELEASE, node, body, 0));
        }
    }

    static FuseRequest released(long node, long handle, int flags) {
        Body body = new Body().u64(handle).u32(flags).u32(0).u64(0);
        return FuseRequest.of(Fuse.FUSE_RELEASE, node, body, 0);
    }

    /** Its end gives up the locks that {@code owner} has by flock(2). */
    void setLocker(long owner) {
        locker = owner;
    }

    /** FUSE_READ of a part. */
    FuseRequest reading(long offset, int lengthBytes, int fileFlags) {
        Body body =
                new Body().u64(id).u64(offset).u32(lengthBytes).u32(0).u64(0).u32(fileFlags).u32(0);
        return FuseRequest.upTo(Fuse.FUSE_READ, node, body, lengthBytes);
    }

    /**
     * FUSE_WRITE.
     *
     * @param how FUSE_WRITE_*
     */
    FuseRequest writing(long offset, byte[] data, int how, int fileFlags) {
        Body body =
                new Body()
                        .u64(id)
                        .u64(offset)
                        .u32(data.length)
                        .u32(how)
                        .u64(0)
                        .u32(fileFlags)
                        .u32(0)
                        .data(data);
        return FuseRequest.of(Fuse.FUSE_WRITE, node, body, Long.BYTES);
    }

    /** What a server says that it has written: EIO if it was not asked for so much. */
    static int written(Answer answer, int size) {
        int written = answer.u32(0);
        if (Integer.compareUnsigned(written, size) > 0) {
            throw Errno.EIO.exception();
        }
        return written;
    }
}
