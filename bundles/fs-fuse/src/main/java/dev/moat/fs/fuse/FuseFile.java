package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.Fuse;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.OwnLocks;

/** An open regular file of a server. */
@Stateful
final class FuseFile extends FileDescription {
    private final FuseRegular inode;
    private final FuseHandle handle;

    /** What of it is mapped; one for all mappings, so that neighbours are one. */
    private final FuseMapping mapping;

    /** As the owner of locks. */
    private final long owner;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Changed under the lock; /proc reads it without. */
    private volatile long position;

    /**
     * @param handle a reference on it passes to this description
     */
    FuseFile(FuseRegular inode, FuseHandle handle, int flags) {
        super(flags);
        this.inode = inode;
        this.handle = handle;
        this.mapping = new FuseMapping(inode, handle);
        this.owner = inode.server().nextOwner();
    }

    /** What of the flags of open(2) a server is told. */
    static int toldFlags(int flags) {
        return flags
                & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
    }

    private FuseConnection connection() {
        return inode.server().connection();
    }

    @Override
    protected void closed() {
        inode.closed(handle);
        handle.release();
    }

    /** Dirty pages and FUSE_FLUSH; what the server says to it is told to close(2). */
    @Override
    public void descriptorClosed(Task task) {
        if (handle.has(Fuse.FOPEN_NOFLUSH) && !inode.writesBack()) {
            return;
        }
        try {
            flush(task);
        } catch (WaitSuspended e) {
            // As below; it goes on by itself.
        }
        if (!handle.isOpened() || connection().isMissing(Fuse.FUSE_FLUSH)) {
            return;
        }
        FuseRequest flush =
                FuseRequest.of(
                        Fuse.FUSE_FLUSH,
                        inode.node(),
                        new Body().u64(handle.id()).u32(0).u32(0).u64(task.tgid()),
                        0);
        try {
            connection().call(task, flush);
        } catch (WaitSuspended e) {
            // The descriptor is gone already: the call is not made again.
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOSYS) {
                throw e;
            }
        } finally {
            inode.forgetAttributes();
        }
    }

    /** Has the server know all that was written; EIO and the like of what it did not take. */
    private void flush(Task task) {
        inode.flush(task, handle, 0, Long.MAX_VALUE);
        inode.cache().dirt().throwFailure();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    private boolean isDirect() {
        return handle.has(Fuse.FOPEN_DIRECT_IO) || (flags() & OpenFlags.O_DIRECT) != 0;
    }

    private boolean isStream() {
        return handle.has(Fuse.FOPEN_STREAM);
    }

    private FuseTransfers transfers() {
        return new FuseTransfers(inode, handle, flags());
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            long at = isStream() ? 0 : position;
            long moved = readAt(task, target, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        return FuseTransfers.rewinding(
                target,
                () -> {
                    if (!isDirect()) {
                        return transfers().readCached(task, target, offset);
                    }
                    inode.flush(task, handle, 0, Long.MAX_VALUE);
                    return transfers().readPast(task, target, offset);
                });
    }

    @Override
    public boolean writesAll() {
        return true;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        lock.lock();
        try {
            boolean appends = (flags() & OpenFlags.O_APPEND) != 0;
            long at = appends ? end() : isStream() ? 0 : position;
            long moved = writeAt(task, source, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    /** Where something is appended: what is known counts, as in generic_write_checks(). */
    private long end() {
        return (inode.writesBack() ? inode.freshAttributes() : inode.lastAttributes()).sizeBytes();
    }

    /** Writes as much as the server takes at once; the VFS goes on with the rest. */
    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        return FuseTransfers.rewinding(
                source,
                () -> {
                    if (isDirect()) {
                        inode.flush(task, handle, 0, Long.MAX_VALUE);
                        return transfers().writeThrough(task, source, offset, true);
                    }
                    return inode.writesBack()
                            ? transfers().writeBack(task, source, offset)
                            : transfers().writeThrough(task, source, offset, false);
                });
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        if (handle.has(Fuse.FOPEN_NONSEEKABLE | Fuse.FOPEN_STREAM)) {
            throw Errno.ESPIPE.exception();
        }
        lock.lock();
        try {
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> Math.addExact(position, offset);
                        case SeekWhence.SEEK_END ->
                                Math.addExact(inode.freshAttributes().sizeBytes(), offset);
                        case SeekWhence.SEEK_DATA, SeekWhence.SEEK_HOLE ->
                                seekHole(task, offset, whence);
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } catch (ArithmeticException e) {
            throw Errno.EOVERFLOW.exception();
        } finally {
            lock.unlock();
        }
    }

    /** FUSE_LSEEK; without it all is data. */
    private long seekHole(Task task, long offset, int whence) {
        if (!connection().isMissing(Fuse.FUSE_LSEEK)) {
            Body body = new Body().u64(handle.id()).u64(offset).u32(whence).u32(0);
            try {
                return connection()
                        .call(task, FuseRequest.of(Fuse.FUSE_LSEEK, inode.node(), body, 8))
                        .u64(0);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOSYS) {
                    throw e;
                }
            }
        }
        long end = inode.freshAttributes().sizeBytes();
        if (offset < 0 || offset >= end) {
            throw Errno.ENXIO.exception();
        }
        return whence == SeekWhence.SEEK_DATA ? offset : end;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        inode.truncate(sizeBytes, handle);
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        if (connection().isMissing(Fuse.FUSE_FALLOCATE)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        inode.flush(task, handle, 0, Long.MAX_VALUE);
        Body body = new Body().u64(handle.id()).u64(offset).u64(lengthBytes).u32(mode).u32(0);
        inode.turn().take(task);
        try {
            connection().call(task, FuseRequest.of(Fuse.FUSE_FALLOCATE, inode.node(), body, 0));
            if ((mode & FallocateFlags.FALLOC_FL_KEEP_SIZE) == 0) {
                inode.noteWritten(offset + lengthBytes);
            }
            if ((mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) != 0) {
                inode.cache().invalidate(offset, offset + lengthBytes);
            }
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENOSYS ? Errno.EOPNOTSUPP : e.errno()).exception();
        } finally {
            inode.turn().give();
        }
        inode.forgetAttributes();
    }

    @Override
    public void sync(boolean dataOnly) {
        Task task = PayingThread.current();
        if (task != null) {
            flush(task);
        }
        inode.callIfThere(syncing(inode, handle, dataOnly));
    }

    static FuseRequest syncing(FuseInode inode, FuseHandle handle, boolean dataOnly) {
        int how = dataOnly ? Fuse.FUSE_FSYNC_FDATASYNC : 0;
        Body body = new Body().u64(handle.id()).u32(how).u32(0);
        return FuseRequest.of(Fuse.FUSE_FSYNC, inode.node(), body, 0);
    }

    @Override
    public OwnLocks ownLocks() {
        return new FuseLocks(handle, owner);
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return FuseIoctl.run(task, inode, handle.id(), 0, command, argument);
    }

    /** The pages; fuse_file_mmap(). */
    @Override
    public Mappable mappable() {
        if (handle.has(Fuse.FOPEN_DIRECT_IO)) {
            inode.cache().invalidate(0, Long.MAX_VALUE);
        }
        return mapping;
    }
}
