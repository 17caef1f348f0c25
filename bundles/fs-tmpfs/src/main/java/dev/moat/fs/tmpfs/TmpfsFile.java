package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.Fcntl;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsPath;

/** An open regular file. A read of one byte allocates nothing. */
@Stateful
final class TmpfsFile extends FileDescription {
    private final TmpfsRegular inode;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Changed under the lock; /proc reads it without. */
    private volatile long position;

    TmpfsFile(TmpfsRegular inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        inode.closed();
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
        FilePages content = inode.pagesOrNull();
        if (content == null) {
            return 0;
        }
        long moved = content.read(offset, target);
        if (moved == 0 && target.faulted()) {
            return Errno.EFAULT.negated();
        }
        if (inode.wantsAtime()) {
            moveAtime();
        }
        return moved;
    }

    private void moveAtime() {
        VfsPath path = path();
        boolean off =
                (flags() & OpenFlags.O_NOATIME) != 0
                        || path != null
                                && (path.mount().flags()
                                                & (MountFlags.MS_NOATIME | MountFlags.MS_RDONLY))
                                        != 0;
        if (!off) {
            inode.touchAccess();
        }
    }

    @Override
    public long write(Task task, IoBuffer source) {
        lock.lock();
        try {
            if ((flags() & OpenFlags.O_APPEND) != 0) {
                long moved = inode.append(source);
                if (moved > 0) {
                    position = inode.sizeBytes();
                }
                return moved;
            }
            long at = position;
            long moved = inode.writeContent(at, source);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        // Linux appends even here: BUGS of pwrite(2).
        return (flags() & OpenFlags.O_APPEND) != 0
                ? inode.append(source)
                : inode.writeContent(offset, source);
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long target = target(offset, whence);
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } finally {
            lock.unlock();
        }
    }

    private long target(long offset, int whence) {
        long size = inode.sizeBytes();
        return switch (whence) {
            case SeekWhence.SEEK_SET -> offset;
            case SeekWhence.SEEK_CUR -> sum(position, offset);
            case SeekWhence.SEEK_END -> sum(size, offset);
            case SeekWhence.SEEK_DATA, SeekWhence.SEEK_HOLE -> {
                if (offset < 0 || offset >= size) {
                    throw Errno.ENXIO.exception();
                }
                FilePages content = inode.pages();
                long found =
                        whence == SeekWhence.SEEK_DATA
                                ? content.seekData(offset)
                                : content.seekHole(offset);
                if (found < 0) {
                    throw Errno.ENXIO.exception();
                }
                yield found;
            }
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static long sum(long base, long offset) {
        if (offset > 0 && base > Long.MAX_VALUE - offset) {
            throw Errno.EOVERFLOW.exception();
        }
        return base + offset;
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
    public void truncate(Task task, long sizeBytes) {
        inode.truncate(sizeBytes);
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        int punch = FallocateFlags.FALLOC_FL_PUNCH_HOLE | FallocateFlags.FALLOC_FL_KEEP_SIZE;
        if (mode == punch) {
            if (inode.isSealedForWriting()) {
                throw Errno.EPERM.exception();
            }
            inode.pages().punch(offset, lengthBytes);
            inode.touchContent();
            return;
        }
        if ((mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        long end = offset + lengthBytes;
        if (end > inode.sizeBytes() && (inode.seals() & Fcntl.F_SEAL_GROW) != 0) {
            throw Errno.EPERM.exception();
        }
        inode.reserve(offset, lengthBytes);
        if (mode == 0 && end > inode.sizeBytes()) {
            inode.truncate(end);
        }
        inode.touchChange();
    }

    @Override
    public void sync(boolean dataOnly) {
        // Memory is all there is.
    }
}
