package dev.moat.fs.overlay;

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
 * An open directory of an overlay. The merged entries are listed when reading starts, and again
 * after rewinding; a position is an index into that list, behind the two entries that every
 * directory has.
 */
final class OverlayDirectoryStream extends FileDescription {
    private static final int DT_DIR = 4;
    private static final int DOTS = 2;

    private final OverlayDirectory directory;
    private final RankedLock lock = new RankedLock(LockRank.VFS_RENAME);
    private @Nullable List<MergedListing.Entry> entries;

    /** Written under the lock; read without it by /proc. */
    private volatile int position;

    OverlayDirectoryStream(OverlayDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held but memory.
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    public void readDirectory(Task task, DirectorySink sink) {
        lock.lock();
        try {
            List<MergedListing.Entry> listed = entries;
            if (listed == null) {
                listed = MergedListing.of(directory);
                entries = listed;
            }
            while (position < listed.size() + DOTS) {
                int at = position;
                boolean taken;
                if (at < DOTS) {
                    OverlayDirectory shown =
                            at == 0 || directory.parent() == null ? directory : directory.parent();
                    taken = sink.entry(at == 0 ? "." : "..", shown.number(), DT_DIR, at + 1L);
                } else {
                    MergedListing.Entry entry = listed.get(at - DOTS);
                    taken = sink.entry(entry.name(), entry.inode(), entry.type(), at + 1L);
                }
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
        lock.lock();
        try {
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0 || target > Integer.MAX_VALUE) {
                throw Errno.EINVAL.exception();
            }
            position = (int) target;
            if (target == 0) {
                entries = null;
            }
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
        // Entries of the upper layer are in memory or synchronised by that layer.
    }
}
