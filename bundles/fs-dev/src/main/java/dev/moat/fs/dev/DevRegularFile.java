package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open regular file of a {@code devtmpfs}. */
@Stateful
final class DevRegularFile extends FileDescription {
    private final DevRegular file;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Written under the lock; read without it by /proc: a single long. */
    private volatile long position;

    DevRegularFile(DevRegular file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {
        file.closed();
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            long count = readAt(task, target, position);
            position += count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long write(Task task, IoBuffer source) {
        lock.lock();
        try {
            if ((flags() & OpenFlags.O_APPEND) != 0) {
                position = file.pages().sizeBytes();
            }
            long count = writeAt(task, source, position);
            position += count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        long wanted = target.remaining();
        long count = file.pages().read(offset, target);
        return Faults.check(count, wanted, target);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        long wanted = source.remaining();
        long count = file.pages().write(offset, source);
        file.modified();
        return Faults.check(count, wanted, source);
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long size = file.pages().sizeBytes();
            long wanted =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        case SeekWhence.SEEK_END -> size + offset;
                        case SeekWhence.SEEK_DATA ->
                                behindEnd(offset, size, file.pages().seekData(offset));
                        case SeekWhence.SEEK_HOLE ->
                                behindEnd(offset, size, file.pages().seekHole(offset));
                        default -> throw Errno.EINVAL.exception();
                    };
            if (wanted < 0) {
                throw Errno.EINVAL.exception();
            }
            position = wanted;
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    private static long behindEnd(long offset, long size, long found) {
        if (offset < 0 || offset >= size || found < 0) {
            throw Errno.ENXIO.exception();
        }
        return found;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public Mappable mappable() {
        return file.pages();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        file.truncate(sizeBytes);
    }

    @Override
    public void sync(boolean dataOnly) {}
}
