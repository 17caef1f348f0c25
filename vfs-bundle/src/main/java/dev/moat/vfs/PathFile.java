package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/**
 * A description opened with O_PATH: a place in the tree and nothing else; everything on its content
 * gives EBADF.
 */
@Stateful
final class PathFile extends FileDescription {
    private final Inode inode;

    PathFile(Inode inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        // Nothing was opened.
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
