package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open directory. */
final class SysDirectoryStream extends FileDescription {
    private final SysDirectory directory;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Written under the lock; read without it by /proc: a single long. */
    private volatile long position;

    SysDirectoryStream(SysDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        throw Errno.EISDIR.exception();
    }

    @Override
    public void readDirectory(Task task, DirectorySink sink) {
        lock.lock();
        try {
            position = directory.list(position, sink);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long wanted =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
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

    @Override
    public long position() {
        return position;
    }

    @Override
    public void sync(boolean dataOnly) {}
}
