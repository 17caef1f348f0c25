package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.Fcntl;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;
import dev.moat.api.vfs.SeekableFileUpgrade;

/** An open regular file. A read of one byte allocates nothing. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class TmpfsFile extends SeekableFile {
    private static final int PUNCH =
            FallocateFlags.FALLOC_FL_PUNCH_HOLE | FallocateFlags.FALLOC_FL_KEEP_SIZE;

    private final TmpfsRegular inode;

    TmpfsFile(TmpfsRegular inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    protected void closed() {
        inode.closed();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        FilePages content = inode.pagesOrNull();
        if (content == null) {
            return 0;
        }
        long moved = content.read(offset, target);
        if (moved == 0 && target.faulted()) {
            return Errno.EFAULT.negated();
        }
        AccessTime.fileRead(inode, this);
        return moved;
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        // Linux appends even here: BUGS of pwrite(2).
        return (flags() & OpenFlags.O_APPEND) != 0
                ? inode.append(source)
                : inode.writeContent(offset, source);
    }

    @Override
    protected long endBytes() {
        return inode.sizeBytes();
    }

    @Override
    protected long seekContent(Task task, long offset, int whence) {
        return seekPages(inode.pages(), offset, whence);
    }

    @Override
    public Mappable mappable() {
        return inode.pages();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        inode.truncate(sizeBytes);
    }

    @Override
    public boolean allocates(int mode) {
        return mode == PUNCH || (mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) == 0;
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        if (mode == PUNCH) {
            if (inode.isSealedForWriting()) {
                throw Errno.EPERM.exception();
            }
            inode.pages().punch(offset, lengthBytes);
            inode.touchContent();
            return;
        }
        long end = offset + lengthBytes;
        if (end > inode.sizeBytes() && (inode.seals() & Fcntl.F_SEAL_GROW) != 0) {
            throw Errno.EPERM.exception();
        }
        inode.reserve(offset, lengthBytes);
        if (mode == 0 && end > inode.sizeBytes()) {
            inode.truncate(end);
        }
        inode.touchChange();
    }

    @Override
    public void sync(boolean dataOnly) {
        // Memory is all there is.
    }
}
