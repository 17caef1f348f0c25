package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open regular file of an image. */
@Stateful
final class ErofsFileDescription extends FileDescription {
    private final ErofsFile inode;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Changed under the lock; /proc reads it without. */
    private volatile long position;

    ErofsFileDescription(ErofsFile inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            long at = position;
            long moved = readAt(task, target, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        long moved = inode.readContent(offset, target);
        return moved == 0 && target.faulted() ? Errno.EFAULT.negated() : moved;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long end = inode.node().sizeBytes();
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> Math.addExact(position, offset);
                        case SeekWhence.SEEK_END -> Math.addExact(end, offset);
                        case SeekWhence.SEEK_DATA -> within(offset, end, offset);
                        case SeekWhence.SEEK_HOLE -> within(offset, end, end);
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } catch (ArithmeticException e) {
            throw Errno.EOVERFLOW.exception();
        } finally {
            lock.unlock();
        }
    }

    /** All is data: ENXIO behind the end. */
    private static long within(long offset, long end, long result) {
        if (offset < 0 || offset >= end) {
            throw Errno.ENXIO.exception();
        }
        return result;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public Mappable mappable() {
        return inode.pages();
    }

    @Override
    public void sync(boolean dataOnly) {
        // Nothing is written.
    }
}
