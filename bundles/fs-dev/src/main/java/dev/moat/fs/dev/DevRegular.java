package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/**
 * A regular file that a program made in {@code /dev}; its pages go with the last name and the last
 * user.
 */
@Stateful
final class DevRegular extends DevInode {
    private final FilePages pages;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by lock.
    private int opens;
    private boolean freed;

    DevRegular(DevFilesystem filesystem, int mode, Owner owner) {
        super(filesystem, mode, owner);
        this.pages = filesystem.sandbox().memory().newFilePages(PageQuota.Unlimited.INSTANCE);
    }

    FilePages pages() {
        return pages;
    }

    @Override
    protected long sizeBytes() {
        return pages.sizeBytes();
    }

    @Override
    protected long blocks() {
        return pages.allocatedBytes() >>> 9;
    }

    @Override
    public void truncate(long sizeBytes) {
        pages.truncate(sizeBytes);
        modified();
    }

    @Override
    public FileDescription open(Task task, int flags) {
        lock.lock();
        try {
            if (freed) {
                throw Errno.ENOENT.exception();
            }
            opens++;
        } finally {
            lock.unlock();
        }
        return new DevRegularFile(this, flags);
    }

    void closed() {
        lock.lock();
        try {
            opens--;
        } finally {
            lock.unlock();
        }
        freeIfUnused();
    }

    void nameDropped() {
        freeIfUnused();
    }

    private void freeIfUnused() {
        lock.lock();
        try {
            if (freed || opens > 0 || !isUnlinked()) {
                return;
            }
            freed = true;
        } finally {
            lock.unlock();
        }
        pages.close();
    }
}
