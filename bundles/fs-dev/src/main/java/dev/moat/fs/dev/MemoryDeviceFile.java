package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/**
 * What the open files of memory devices have in common: no position, always ready, nothing to free.
 */
@Stateful
abstract class MemoryDeviceFile extends FileDescription {
    /** Between two looks for a signal: a large transfer stays interruptible. */
    static final int CHUNK_BYTES = 256 << 10;

    private final Inode node;

    MemoryDeviceFile(Inode node, int flags) {
        super(flags);
        this.node = node;
    }

    @Override
    protected void closed() {}

    @Override
    public final Inode inode() {
        return node;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return read(task, target);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        return write(task, source);
    }

    /** null_lseek: every position is 0. */
    @Override
    public long seek(Task task, long offset, int whence) {
        return 0;
    }

    /** Takes all of {@code source} without a look at it, as write_null does. */
    static long discard(IoBuffer source) {
        long count = source.remaining();
        source.limit(0);
        return count;
    }

    /** Fills {@code target} with zeros until a signal is pending. */
    static long fillWithZeros(Task task, IoBuffer target) {
        long wanted = target.remaining();
        long done = begin(task, target);
        while (done < wanted) {
            long step = Math.min(CHUNK_BYTES, wanted - done);
            long moved = target.putZeros(step);
            done += moved;
            if (moved < step || isInterrupted(task, done)) {
                break;
            }
        }
        return Faults.check(done, wanted, target);
    }

    /** Skips what was moved before the safe point interrupted the call; gives how much that is. */
    static long begin(Task task, IoBuffer buffer) {
        long done = task.resumption().takeProgress();
        buffer.skip(done);
        return done;
    }

    /** Whether to stop after {@code done} bytes. */
    static boolean isInterrupted(Task task, long done) {
        try {
            task.blocker().pause();
        } catch (WaitSuspended e) {
            task.resumption().setProgress(done);
            throw e;
        }
        return task.signals().interruptPending();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        throw Errno.EINVAL.exception();
    }
}
