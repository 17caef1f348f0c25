package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open directory. Its position is the cookie of the last entry given. */
final class TmpfsDirectoryStream extends FileDescription {
    private final TmpfsDirectory directory;
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Changed under the lock; /proc reads it without. */
    private volatile long position;

    TmpfsDirectoryStream(TmpfsDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        throw Errno.EISDIR.exception();
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        throw Errno.EISDIR.exception();
    }

    @Override
    public void readDirectory(Task task, DirectorySink sink) {
        lock.lock();
        try {
            if (position == 0) {
                if (!sink.entry(".", directory.number(), FileMode.DT_DIR, 1)) {
                    return;
                }
                position = 1;
            }
            if (position == 1) {
                if (!sink.entry("..", directory.parentNumber(), FileMode.DT_DIR, 2)) {
                    return;
                }
                position = 2;
            }
            position = directory.list(position, sink);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void sync(boolean dataOnly) {
        // Memory is all there is.
    }
}
