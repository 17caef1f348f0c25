package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open file with a position. Transfers at it follow one another, so that no two of them move the
 * same bytes (f_pos_lock, fs/file.c); how bytes are moved is told by {@link #readAt} and {@link
 * #writeAt}, which are called with the lock of the position held then.
 */
@ConsumerType
public abstract class SeekableFile extends FileDescription {
    /** Taken before the locks of the inode, which may have the same rank. */
    final RankedLock positionLock = new RankedLock(LockRank.VFS_INODE);

    /** Written under the lock; read without it by /proc: a single long. */
    volatile long position;

    /**
     * @param flags as in open(2)
     */
    protected SeekableFile(int flags) {
        super(flags);
    }

    /** Where the content ends: SEEK_END, O_APPEND. */
    protected long endBytes() {
        return inode().attributes().sizeBytes();
    }

    /**
     * Where the data (SEEK_DATA) or the hole (SEEK_HOLE) begins that is next. A file that does not
     * say it has no holes: all up to the end is data.
     *
     * @throws dev.moat.abi.ErrnoException ENXIO: nothing is behind {@code offset}
     */
    protected long seekContent(Task task, long offset, int whence) {
        long end = endBytes();
        if (offset < 0 || offset >= end) {
            throw Errno.ENXIO.exception();
        }
        return whence == SeekWhence.SEEK_DATA ? offset : end;
    }

    /** {@link #seekContent} where the content is in pages. */
    protected static long seekPages(FilePages content, long offset, int whence) {
        long found =
                whence == SeekWhence.SEEK_DATA
                        ? content.seekData(offset)
                        : content.seekHole(offset);
        if (found < 0) {
            throw Errno.ENXIO.exception();
        }
        return found;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        positionLock.lock();
        try {
            long at = position;
            long moved = readAt(task, target, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public long write(Task task, IoBuffer source) {
        positionLock.lock();
        try {
            long at = (flags() & OpenFlags.O_APPEND) != 0 ? endBytes() : position;
            long moved = writeAt(task, source, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            positionLock.unlock();
        }
    }

    /** EINVAL without an override: a file with offsets that cannot be written. */
    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        throw Errno.EINVAL.exception();
    }

    /** Moves the position by what was transferred at it without the lock. */
    protected final void advance(long bytes) {
        positionLock.lock();
        try {
            position += bytes;
        } finally {
            positionLock.unlock();
        }
    }

    /** lseek(2): EINVAL also where the position would be beyond 2^63, as in vfs_setpos(). */
    @Override
    public long seek(Task task, long offset, int whence) {
        positionLock.lock();
        try {
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        case SeekWhence.SEEK_END -> endBytes() + offset;
                        case SeekWhence.SEEK_DATA, SeekWhence.SEEK_HOLE ->
                                seekContent(task, offset, whence);
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public final long position() {
        return position;
    }
}
