package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of proc: lists its entries when reading starts, so that none is missed or
 * doubled.
 */
final class ProcDirectoryStream extends FileDescription {
    private static final int DOTS = 2;

    private final ProcDirectory directory;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private @Nullable List<ProcDirectory.Entry> entries;

    /** Written under the lock; read without it by /proc. */
    private volatile int position;

    ProcDirectoryStream(ProcDirectory directory, int flags) {
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
    public void readDirectory(Task task, DirectorySink sink) {
        List<ProcDirectory.Entry> fresh =
                position == 0 ? directory.collectEntries(task) : List.of();
        lock.lock();
        try {
            if (position == 0 || entries == null) {
                entries = fresh;
            }
            while (position < entries.size() + DOTS) {
                int at = position;
                boolean taken =
                        switch (at) {
                            case 0 -> sink.entry(".", directory.number(), 4, 1);
                            case 1 -> sink.entry("..", directory.parentNumber(), 4, 2);
                            default -> {
                                ProcDirectory.Entry entry = entries.get(at - DOTS);
                                yield sink.entry(
                                        entry.name(), entry.inode(), entry.type(), at + 1L);
                            }
                        };
                if (!taken) {
                    return;
                }
                position = at + 1;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        long target = whence == SeekWhence.SEEK_CUR ? position + offset : offset;
        if (whence > SeekWhence.SEEK_CUR || target < 0 || target > Integer.MAX_VALUE) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            position = (int) target;
            return target;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long position() {
        return position;
    }
}
