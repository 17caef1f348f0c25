package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** An open file: its text is fresh whenever it is read from the start. */
@Stateful
final class SysFileDescription extends FileDescription {
    private final SysFile file;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by lock. */
    private byte[] content = new byte[0];

    /** Written under the lock; read without it by /proc: a single long. */
    private volatile long position;

    SysFileDescription(SysFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            long count = readLocked(target, position);
            position += count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        lock.lock();
        try {
            return readLocked(target, offset);
        } finally {
            lock.unlock();
        }
    }

    private long readLocked(IoBuffer target, long offset) {
        if (offset == 0 || content.length == 0) {
            content = file.content();
        }
        long wanted = Math.min(target.remaining(), content.length - offset);
        if (wanted <= 0) {
            return 0;
        }
        long count = target.put(MemorySegment.ofArray(content), offset, wanted);
        if (count == 0) {
            throw Errno.EFAULT.exception();
        }
        return count;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long wanted =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        case SeekWhence.SEEK_END -> file.sizeBytes() + offset;
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
}
