package dev.moat.fs.overlay;

import dev.moat.abi.OpenFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/**
 * An open file of an overlay: the real one does the work. A file that was opened for reading before
 * it was copied up reads the copy from then on, as Linux does since 4.19; mappings made before keep
 * the old pages.
 */
@Stateful
final class OverlayFile extends FileDescription {
    /** Status flags that change on the overlay's description and count on the real one. */
    private static final int SHARED_FLAGS =
            OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME;

    private final OverlayNode inode;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /**
     * Replaced once, when the file has been copied up; both are read together through this holder.
     */
    private volatile Real real;

    OverlayFile(OverlayNode inode, Inode realInode, FileDescription realFile, int flags) {
        super(flags);
        this.inode = inode;
        this.real = new Real(realInode, realFile, null);
    }

    @Override
    protected void closed() {
        for (Real each = real; each != null; each = each.former()) {
            each.file().release();
        }
    }

    @Override
    public void descriptorClosed(Task task) {
        real.file().descriptorClosed(task);
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return current(task).read(task, target);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return current(task).write(task, source);
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return current(task).readAt(task, target, offset);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        return current(task).writeAt(task, source, offset);
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        return current(task).seek(task, offset, whence);
    }

    @Override
    public int readiness() {
        return real.file().readiness();
    }

    @Override
    public @Nullable WaitQueue waitQueue() {
        return real.file().waitQueue();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return current(task).ioctl(task, command, argument);
    }

    @Override
    public Mappable mappable() {
        return real.file().mappable();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        current(task).truncate(task, sizeBytes);
    }

    @Override
    public boolean allocates(int mode) {
        return real.file().allocates(mode);
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        current(task).allocate(task, mode, offset, lengthBytes);
    }

    @Override
    public void sync(boolean dataOnly) {
        real.file().sync(dataOnly);
    }

    @Override
    public String describeExtra() {
        return real.file().describeExtra();
    }

    @Override
    public long position() {
        return real.file().position();
    }

    private FileDescription current(Task task) {
        Real now = real;
        Inode top = inode.upper();
        if (top != null && now.inode() != top) {
            now = reopen(task, top);
        }
        FileDescription file = now.file();
        int flags = flags();
        if (((file.flags() ^ flags) & SHARED_FLAGS) != 0) {
            file.setFlags(SHARED_FLAGS, flags);
        }
        return file;
    }

    private Real reopen(Task task, Inode top) {
        FileDescription fresh = top.open(task, flags() & ~OpenFlags.O_TRUNC);
        boolean used = false;
        lock.lock();
        try {
            Real now = real;
            if (now.inode() != top) {
                long position = now.file().position();
                if (position > 0) {
                    fresh.seek(task, position, 0);
                }
                // The former one stays open until the end: a reader may be in it right now.
                now = new Real(top, fresh, now);
                real = now;
                used = true;
            }
            return now;
        } finally {
            lock.unlock();
            if (!used) {
                fresh.release();
            }
        }
    }

    /** The real inode, its open description, and the one used before. */
    private record Real(Inode inode, FileDescription file, @Nullable Real former) {}
}
