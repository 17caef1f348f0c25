package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.CachedPages;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;

/**
 * The pages of an open file of a server for who maps them. Each mapping keeps the file open; the
 * last one of an area that may be written sends what is dirty.
 */
@Stateful
final class FuseMapping implements Mappable {
    private final FuseRegular inode;
    private final FuseHandle handle;

    FuseMapping(FuseRegular inode, FuseHandle handle) {
        this.inode = inode;
        this.handle = handle;
    }

    private FilePages pages() {
        return inode.pages();
    }

    @Override
    public long mappableId() {
        return pages().mappableId();
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages().translate(offset, maxBytes, access);
    }

    /** ENODEV: a server that is asked each time would not see what is written. */
    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        if (writableShared
                && handle.has(Fuse.FOPEN_DIRECT_IO)
                && !handle.connection().has(Fuse.FUSE_DIRECT_IO_ALLOW_MMAP)) {
            throw Errno.ENODEV.exception();
        }
        handle.retain();
        pages().addMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages().removeMapper(mapper, offset, lengthBytes, writableShared);
        if (writableShared) {
            UserFault flush = inode.cache().dirt().begin(handle, offset, offset + lengthBytes);
            if (flush != null) {
                mapper.awaitLater(flush);
            }
        }
        handle.release();
    }

    @Override
    public Mappable backing() {
        return pages();
    }

    @Override
    public CachedPages countCached(long offset, long lengthBytes) {
        return pages().countCached(offset, lengthBytes);
    }

    /** A read; before it what is dirty, if that is much. */
    @Override
    public UserFault beginFill(long fileOffset) {
        Task task = PayingThread.current();
        if (task == null || !handle.tryRetain()) {
            return FuseNoFill.INSTANCE;
        }
        try {
            FuseDirt dirt = inode.cache().dirt();
            UserFault flush = dirt.isMuch() ? dirt.begin(handle, 0, Long.MAX_VALUE) : null;
            return flush != null
                    ? flush
                    : inode.cache()
                            .join(task, handle, fileOffset, fileOffset + FuseCache.PAGE_BYTES);
        } finally {
            handle.release();
        }
    }

    /** msync(2): vfs_fsync_range(). */
    @Override
    public void writeBack(long offset, long lengthBytes) {
        Task task = PayingThread.current();
        if (task == null) {
            return;
        }
        inode.flush(task, handle, offset, offset + lengthBytes);
        inode.cache().dirt().throwFailure();
        inode.callIfThere(FuseFile.syncing(inode, handle, true));
    }
}
