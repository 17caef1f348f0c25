package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.mm.ServedPages;
import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * Dirty pages of a file on their way to the server. Stands in its queue as one entry, which becomes
 * a FUSE_WRITE each time the server comes for it: there is no more than one copy of a part, however
 * much is dirty. Changed under the lock of the connection.
 */
@Stateful
final class FuseFlush implements UserFault {
    private final FuseDirt dirt;

    /** Released at the end. */
    private final FuseHandle handle;

    private final long to;

    /** What comes before was taken. On the thread of the server that has the entry. */
    private long at;

    /** One that has to be over first. */
    private @Nullable FuseFlush earlier;

    /** Sent and not answered. */
    private int unanswered;

    /** Nothing is left to take. */
    private boolean exhausted;

    /** Volatile: looked at by whoever waits. */
    private volatile boolean done;

    FuseFlush(FuseDirt dirt, FuseHandle handle, long from, long to, @Nullable FuseFlush earlier) {
        this.dirt = dirt;
        this.handle = handle;
        this.at = from;
        this.to = to;
        this.earlier = earlier;
    }

    /** The next FUSE_WRITE, null if all is taken. Without locks. */
    @Nullable FuseRequest next(int mostBytes) {
        while (at < to) {
            ServedPages.Dirty part = dirt.take(at, to, mostBytes);
            if (part == null) {
                return null;
            }
            at = part.fileOffset() + Math.max(part.content().length, FuseCache.PAGE_BYTES);
            if (part.content().length > 0) {
                FuseRequest write =
                        handle.writing(part.fileOffset(), part.content(), Fuse.FUSE_WRITE_CACHE, 0);
                write.setFlush(this);
                return write;
            }
        }
        return null;
    }

    void sentLocked() {
        unanswered++;
    }

    /** Nothing more comes; whether it is done by that. */
    boolean exhaustLocked() {
        boolean first = !exhausted;
        exhausted = true;
        return first && unanswered == 0;
    }

    /** A write was answered; whether it is done by that. */
    boolean answeredLocked() {
        unanswered--;
        return exhausted && unanswered == 0;
    }

    /** What became of a write; without the lock. */
    void note(FuseRequest write) {
        int sent = write.dataBytes();
        int error = write.error();
        if (error == 0 && Answer.of(write.answer()).u32(0) != sent) {
            error = Errno.EIO.number();
        }
        if (error != 0) {
            dirt.failed(error);
        }
    }

    /** Without the lock. */
    void finish() {
        done = true;
        handle.release();
        dirt.flushed().wakeAll(WaitQueue.ANY);
    }

    @Override
    public WaitQueue queue() {
        return dirt.flushed();
    }

    @Override
    public boolean isOver() {
        FuseFlush before = earlier;
        if (before != null && before.isOver()) {
            earlier = null;
            before = null;
        }
        return done && before == null;
    }

    @Override
    public void end() {
        // It goes on by itself.
    }
}
