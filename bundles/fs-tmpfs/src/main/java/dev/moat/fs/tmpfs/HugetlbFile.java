package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.Fcntl;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;

/** An open file of huge pages. */
@Stateful
final class HugetlbFile extends SeekableFile {
    private static final int PUNCH =
            FallocateFlags.FALLOC_FL_PUNCH_HOLE | FallocateFlags.FALLOC_FL_KEEP_SIZE;

    private final HugetlbRegular inode;

    HugetlbFile(HugetlbRegular inode, int flags) {
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
    public boolean hasHugePages() {
        return true;
    }

    @Override
    public boolean hasWrite() {
        return false;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public boolean takesSplices() {
        return false;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        FilePages content = inode.pagesOrNull();
        long moved = content == null ? 0 : content.read(offset, target);
        if (moved == 0 && target.faulted()) {
            return Errno.EFAULT.negated();
        }
        AccessTime.fileRead(inode, this);
        return moved;
    }

    @Override
    protected long endBytes() {
        return inode.sizeBytes();
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
        reserve(task, offset, end);
        if (mode == 0) {
            inode.growTo(end);
        }
        inode.touchChange();
    }

    /** Page by page: EINTR between two of them, and what is taken stays. */
    private void reserve(Task task, long offset, long end) {
        long at = offset & -HugePagePool.PAGE_BYTES;
        // The last page that there can be ends where there are no numbers any more.
        while (at >= 0 && at < end) {
            task.blocker().pause();
            if (task.signals().interruptPending()) {
                throw Errno.EINTR.exception();
            }
            inode.reserve(at, HugePagePool.PAGE_BYTES);
            at += HugePagePool.PAGE_BYTES;
        }
    }

    @Override
    public void sync(boolean dataOnly) {
        // Memory is all there is.
    }
}
