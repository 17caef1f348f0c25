package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.host.HostDirent;
import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.SwapException;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.List;

/** An open host directory. Positions are the host's own cookies. */
@Stateful
final class HostDirectoryStream extends FileDescription implements Reopenable {
    private final HostDirectory directory;

    @HostBound("opened by its path")
    private int fd;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Entries read from the host and not yet given out, guarded by the lock. */
    private final List<HostDirent> batch = new ArrayList<>();

    private int next;

    /** Read without the lock by /proc: a single long. */
    private volatile long position;

    /**
     * @param fd readable, owned by this stream
     */
    HostDirectoryStream(HostDirectory directory, int fd, int flags) {
        super(flags);
        this.directory = directory;
        this.fd = fd;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public Stage stage() {
        return Stage.FILES;
    }

    @Override
    public void reopen(Restoration restoration) {
        try {
            fd = directory.openSelf(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            long read = batch.isEmpty() ? position : batch.getLast().offset();
            HostResult.orThrow(directory.files().lseek(fd, read, SeekWhence.SEEK_SET));
        } catch (ErrnoException e) {
            throw new SwapException(
                    "host directory "
                            + directory.hostPath()
                            + " cannot be opened again: "
                            + e.errno().message(),
                    e);
        }
    }

    @Override
    protected void closed() {
        directory.files().close(fd);
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    public void readDirectory(Task task, DirectorySink sink) {
        lock.lock();
        try {
            while (next < batch.size() || fillLocked()) {
                HostDirent entry = batch.get(next);
                long inode = isDots(entry.name()) ? directory.number() : entry.inode();
                if (!sink.entry(entry.name(), inode, entry.type(), entry.offset())) {
                    return;
                }
                position = entry.offset();
                next++;
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isDots(String name) {
        return name.equals(".") || name.equals("..");
    }

    private boolean fillLocked() {
        batch.clear();
        next = 0;
        return HostResult.orThrow(directory.files().readDirectory(fd, batch)) > 0;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        if (whence != SeekWhence.SEEK_SET && !(whence == SeekWhence.SEEK_CUR && offset == 0)) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            if (whence == SeekWhence.SEEK_SET) {
                HostResult.orThrow(directory.files().lseek(fd, offset, SeekWhence.SEEK_SET));
                batch.clear();
                next = 0;
                position = offset;
            }
            return position;
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
        HostResult.orThrow(directory.files().sync(fd, dataOnly));
    }
}
