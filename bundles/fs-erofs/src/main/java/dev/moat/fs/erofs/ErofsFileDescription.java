package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;
import dev.moat.api.vfs.SeekableFileUpgrade;

/** An open regular file of an image. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class ErofsFileDescription extends SeekableFile {
    private final ErofsFile inode;

    ErofsFileDescription(ErofsFile inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        long moved = inode.readContent(offset, target);
        return moved == 0 && target.faulted() ? Errno.EFAULT.negated() : moved;
    }

    @Override
    public Mappable mappable() {
        return inode.pages();
    }

    @Override
    public void sync(boolean dataOnly) {
        // Nothing is written.
    }
}
