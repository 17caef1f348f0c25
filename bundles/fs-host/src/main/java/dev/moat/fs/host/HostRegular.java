package dev.moat.fs.host;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.SwapException;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/** A regular file of the host. */
@Stateful
final class HostRegular extends HostInode {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Open descriptions, so that an unlinked file can still be asked; guarded by the lock. */
    private final List<HostFile> opened = new ArrayList<>(1);

    /**
     * Pages of the file while it is mapped or was lately; set under the lock, read without it on
     * transfers.
     */
    private volatile @Nullable MappedContent content;

    HostRegular(
            HostFilesystem filesystem, @Nullable HostDirectory parent, String name, HostStat stat) {
        super(filesystem, parent, name, stat);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        int access = flags & OpenFlags.O_ACCMODE;
        if (access != OpenFlags.O_RDONLY) {
            checkWritable();
        }
        int fd = openSelf(hostFlags(flags));
        HostFile file = new HostFile(this, fd, flags);
        lock.lock();
        try {
            opened.add(file);
        } finally {
            lock.unlock();
        }
        MappedContent pages = content;
        if (pages != null && !host().isLoose()) {
            pages.refresh();
        }
        return file;
    }

    /** What of the guest's flags the host is told. */
    static int hostFlags(int flags) {
        return flags & (OpenFlags.O_ACCMODE | OpenFlags.O_SYNC | OpenFlags.O_DSYNC)
                | OpenFlags.O_NONBLOCK;
    }

    /**
     * Opens the file in the kernel host that restores.
     *
     * @throws SwapException it is not there, or may not be opened
     */
    int openAgain(int flags) {
        try {
            return openSelf(flags);
        } catch (ErrnoException e) {
            throw new SwapException(
                    "host file " + hostPath() + " cannot be opened again: " + e.errno().message(),
                    e);
        }
    }

    void closed(HostFile file) {
        lock.lock();
        try {
            opened.remove(file);
        } finally {
            lock.unlock();
        }
        dropUnlinked();
    }

    /** Gives the pages up if no name leads to the file any more and nobody uses it. */
    void dropUnlinked() {
        MappedContent pages = content;
        if (pages != null && !pages.pages().isMapped() && pages.isUnlinked()) {
            dropContent();
        }
    }

    boolean isOpen() {
        lock.lock();
        try {
            return !opened.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readContent(long offset, IoBuffer target) {
        int fd = openSelf(OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);
        try {
            return HostTransfers.read(this, fd, offset, target);
        } finally {
            files().close(fd);
        }
    }

    @Override
    public long writeContent(long offset, IoBuffer source) {
        checkWritable();
        int fd = openSelf(OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK);
        try {
            return HostTransfers.write(this, fd, offset, source);
        } finally {
            files().close(fd);
        }
    }

    @Override
    public void truncate(long sizeBytes) {
        checkWritable();
        int fd = openSelf(OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK);
        try {
            truncate(fd, sizeBytes);
        } finally {
            files().close(fd);
        }
    }

    /** Sets the size through a writable descriptor, of the file and of its pages. */
    void truncate(int fd, long sizeBytes) {
        HostResult.orThrow(files().truncate(fd, sizeBytes));
        MappedContent pages = content;
        if (pages != null) {
            pages.pages().truncate(sizeBytes);
        }
    }

    @Nullable MappedContent content() {
        return content;
    }

    /**
     * The pages of this file, made on first use; the cache of contents may end them when nobody
     * uses them.
     */
    MappedContent mappedContent() {
        MappedContent known = content;
        if (known != null) {
            host().contents().used(this);
            return known;
        }
        MappedContent fresh = MappedContent.open(this);
        lock.lock();
        try {
            known = content;
            if (known == null) {
                content = fresh;
            }
        } finally {
            lock.unlock();
        }
        if (known != null) {
            fresh.close();
            return known;
        }
        host().contents().used(this);
        return fresh;
    }

    /** Gives the pages up if nobody maps or opens the file; false if somebody does. */
    boolean dropContent() {
        MappedContent dropped;
        lock.lock();
        try {
            dropped = content;
            if (dropped == null) {
                return true;
            }
            if (!opened.isEmpty() || dropped.pages().isMapped()) {
                return false;
            }
            content = null;
        } finally {
            lock.unlock();
        }
        dropped.writeBack();
        dropped.close();
        return true;
    }

    /** Ends the pages whoever uses them: the file system goes away. */
    void closeContent() {
        MappedContent last = content;
        if (last != null) {
            content = null;
            last.writeBack();
            last.close();
        }
    }

    @Override
    long onDescriptor(IntToLongFunction use) {
        try {
            return super.onDescriptor(use);
        } catch (ErrnoException e) {
            // Unlinked or renamed over: an open descriptor still leads to it.
            HostFile file = anyOpen();
            if (file == null) {
                throw e;
            }
            try {
                return use.applyAsLong(file.fd());
            } finally {
                file.release();
            }
        }
    }

    private @Nullable HostFile anyOpen() {
        lock.lock();
        try {
            for (HostFile file : opened) {
                if (file.tryRetain()) {
                    return file;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }
}
