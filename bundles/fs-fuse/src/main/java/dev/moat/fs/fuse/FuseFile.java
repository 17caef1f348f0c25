package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * An open regular file of a server. Each transfer asks it: there is no cache to be incoherent. A
 * mapping shows the content of when it was made.
 */
@Stateful
final class FuseFile extends FileDescription {
    private static final int WRITTEN_BYTES = 8;

    private final FuseRegular inode;
    private final long handle;
    private final int how;

    /** Whether the server has opened it and wants to hear of its end. */
    private final boolean opened;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Changed under the lock; /proc reads it without. */
    private volatile long position;

    FuseFile(FuseRegular inode, int flags, long handle, int how, boolean opened) {
        super(flags);
        this.inode = inode;
        this.handle = handle;
        this.how = how;
        this.opened = opened;
    }

    /** What of the flags of open(2) a server is told. */
    static int toldFlags(int flags) {
        return flags
                & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
    }

    static FuseRequest release(long node, long handle, int flags) {
        Body body = new Body().u64(handle).u32(flags).u32(0).u64(0);
        return FuseRequest.of(Fuse.FUSE_RELEASE, node, body, 0);
    }

    private FuseConnection connection() {
        return inode.server().connection();
    }

    @Override
    protected void closed() {
        if (opened) {
            connection().post(release(inode.node(), handle, toldFlags(flags())));
        }
    }

    /** FUSE_FLUSH; what the server says to it is told to close(2). */
    @Override
    public void descriptorClosed(Task task) {
        boolean told =
                opened
                        && (how & Fuse.FOPEN_NOFLUSH) == 0
                        && !connection().isMissing(Fuse.FUSE_FLUSH);
        if (!told) {
            return;
        }
        FuseRequest flush =
                FuseRequest.of(
                        Fuse.FUSE_FLUSH,
                        inode.node(),
                        new Body().u64(handle).u32(0).u32(0).u64(task.tgid()),
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

    @Override
    public Inode inode() {
        return inode;
    }

    private boolean isDirect() {
        return (how & Fuse.FOPEN_DIRECT_IO) != 0;
    }

    private boolean isStream() {
        return (how & Fuse.FOPEN_STREAM) != 0;
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
        long begun = target.transferred();
        try {
            return readParts(task, target, offset);
        } catch (WaitSuspended e) {
            target.rewind(begun);
            throw e;
        }
    }

    private long readParts(Task task, IoBuffer target, long offset) {
        long end = isDirect() ? Long.MAX_VALUE : inode.freshAttributes().sizeBytes();
        int most =
                Math.min(FuseConnection.MOST_DATA_BYTES, inode.server().options().mostReadBytes());
        long at = offset;
        while (target.remaining() > 0 && at < end) {
            int wanted = (int) Math.min(Math.min(target.remaining(), most), end - at);
            byte[] part = readPart(task, at, wanted);
            long moved = target.put(MemorySegment.ofArray(part), 0, part.length);
            at += moved;
            if (moved < part.length) {
                return at == offset ? Errno.EFAULT.negated() : at - offset;
            }
            if (part.length < wanted) {
                break;
            }
        }
        return at - offset;
    }

    private byte[] readPart(Task task, long offset, int lengthBytes) {
        Body body =
                new Body()
                        .u64(handle)
                        .u64(offset)
                        .u32(lengthBytes)
                        .u32(0)
                        .u64(0)
                        .u32(flags())
                        .u32(0);
        Answer answer =
                connection()
                        .call(
                                task,
                                FuseRequest.upTo(Fuse.FUSE_READ, inode.node(), body, lengthBytes));
        return answer.slice(0, answer.size());
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
            long at = appends ? inode.freshAttributes().sizeBytes() : isStream() ? 0 : position;
            long moved = writeAt(task, source, at);
            if (moved > 0) {
                position = at + moved;
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    /** Writes as much as the server takes at once; the VFS goes on with the rest. */
    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        long begun = source.transferred();
        int wanted = (int) Math.min(source.remaining(), connection().mostWriteBytes());
        if (wanted == 0) {
            return 0;
        }
        byte[] data = new byte[wanted];
        int size = (int) source.get(MemorySegment.ofArray(data), 0, wanted);
        if (size == 0) {
            return Errno.EFAULT.negated();
        }
        Body body =
                new Body()
                        .u64(handle)
                        .u64(offset)
                        .u32(size)
                        .u32(0)
                        .u64(0)
                        .u32(flags())
                        .u32(0)
                        .data(size == wanted ? data : Arrays.copyOf(data, size));
        int written;
        try {
            Answer answer =
                    connection()
                            .call(
                                    task,
                                    FuseRequest.of(
                                            Fuse.FUSE_WRITE, inode.node(), body, WRITTEN_BYTES));
            written = answer.u32(0);
        } catch (WaitSuspended e) {
            source.rewind(begun);
            throw e;
        }
        if (Integer.compareUnsigned(written, size) > 0) {
            throw Errno.EIO.exception();
        }
        source.rewind(begun + written);
        inode.noteWritten(offset + written);
        return written;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        if ((how & (Fuse.FOPEN_NONSEEKABLE | Fuse.FOPEN_STREAM)) != 0) {
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
            Body body = new Body().u64(handle).u64(offset).u32(whence).u32(0);
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
        inode.truncate(sizeBytes);
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        if (connection().isMissing(Fuse.FUSE_FALLOCATE)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        Body body = new Body().u64(handle).u64(offset).u64(lengthBytes).u32(mode).u32(0);
        try {
            connection().call(task, FuseRequest.of(Fuse.FUSE_FALLOCATE, inode.node(), body, 0));
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENOSYS ? Errno.EOPNOTSUPP : e.errno()).exception();
        }
        inode.forgetAttributes();
    }

    @Override
    public void sync(boolean dataOnly) {
        int how = dataOnly ? Fuse.FUSE_FSYNC_FDATASYNC : 0;
        Body body = new Body().u64(handle).u32(how).u32(0);
        inode.callIfThere(FuseRequest.of(Fuse.FUSE_FSYNC, inode.node(), body, 0));
    }

    /** A copy of the content of now, ENODEV for a file that has none of its own. */
    @Override
    public Mappable mappable() {
        Task task = PayingThread.current();
        if (task == null || isDirect()) {
            throw Errno.ENODEV.exception();
        }
        FilePages pages = inode.pages();
        if (!pages.isMapped()) {
            pages.truncate(0);
            copyInto(task, pages);
        }
        return new FuseMapping(pages);
    }

    private void copyInto(Task task, FilePages pages) {
        long size = inode.freshAttributes().sizeBytes();
        int most =
                Math.min(FuseConnection.MOST_DATA_BYTES, inode.server().options().mostReadBytes());
        long at = 0;
        while (at < size) {
            byte[] part = readPart(task, at, (int) Math.min(most, size - at));
            if (part.length == 0) {
                break;
            }
            at += pages.write(at, KernelBuffer.of(part));
        }
        pages.truncate(size);
    }
}
