package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open directory: keeps the position and serialises readers; the file system lists. Position 0
 * is the start, all others are what the file system gave as {@code nextOffset}.
 */
@ConsumerType
public abstract class DirectoryStream extends FileDescription {
    /** Taken before the lock of the directory itself, which may have the same rank. */
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Written under the lock; read without it by /proc: a single long. */
    private volatile long position;

    /**
     * @param flags as in open(2)
     */
    protected DirectoryStream(int flags) {
        super(flags);
    }

    /**
     * Offers entries from {@code from} on, "." and ".." first, until the sink refuses one or there
     * are no more. Called with the stream's lock held.
     *
     * @return the position behind the last entry taken
     */
    protected abstract long list(Task task, long from, DirectorySink sink);

    /**
     * The next reader starts anew: what was kept of a former listing can go. Called with the lock
     * held.
     */
    protected void rewound() {
        // Nothing is kept by streams that list from their directory each time.
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public void readDirectory(Task task, DirectorySink sink) {
        lock.lock();
        try {
            position = list(task, position, sink);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long read(Task task, IoBuffer target) {
        throw Errno.EISDIR.exception();
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        throw Errno.EISDIR.exception();
    }

    /** lseek(2): SEEK_SET and SEEK_CUR; EINVAL for others and for negative positions. */
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
            if (target == 0) {
                rewound();
            }
            return target;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final long position() {
        return position;
    }

    /** fsync(2) of a directory in memory has nothing to do. */
    @Override
    public void sync(boolean dataOnly) {
        // Those with something behind them override this.
    }
}
