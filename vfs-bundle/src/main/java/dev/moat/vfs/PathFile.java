package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/**
 * A description opened with O_PATH: a place in the tree and nothing else; everything on its content
 * gives EBADF.
 */
@Stateful
final class PathFile extends FileDescription {
    private final Inode inode;

    /** False for what was restored from a time in which it did not hold its inode. */
    private final boolean holds;

    /** Takes a mount away that was never attached; null for ordinary places. */
    private final @Nullable DetachedMount detached;

    PathFile(Inode inode, int flags) {
        this(inode, flags, null);
    }

    /** As above; {@code detached} ends with the file if it is in no tree of mounts by then. */
    PathFile(Inode inode, int flags, @Nullable DetachedMount detached) {
        super(flags);
        this.inode = inode;
        inode.hold();
        this.holds = true;
        this.detached = detached;
    }

    @Override
    protected void closed() {
        if (holds) {
            inode.letGo();
        }
        DetachedMount own = detached;
        if (own != null) {
            own.fileClosed();
        }
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        throw Errno.EBADF.exception();
    }

    @Override
    public long write(Task task, IoBuffer source) {
        throw Errno.EBADF.exception();
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        throw Errno.EBADF.exception();
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        throw Errno.EBADF.exception();
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        throw Errno.EBADF.exception();
    }

    @Override
    public int readiness() {
        return dev.moat.abi.PollFlags.POLLNVAL;
    }

    @Override
    public Mappable mappable() {
        throw Errno.EBADF.exception();
    }
}
