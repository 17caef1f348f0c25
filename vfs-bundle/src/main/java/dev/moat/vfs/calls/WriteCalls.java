package dev.moat.vfs.calls;

import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.abi.SeekWhence;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;

/** {@code write(2)}, {@code pwrite(2)}, {@code writev(2)} and their kin. */
public final class WriteCalls {
    private static final int KNOWN =
            FallocateFlags.RWF_HIPRI
                    | FallocateFlags.RWF_DSYNC
                    | FallocateFlags.RWF_SYNC
                    | FallocateFlags.RWF_NOWAIT
                    | FallocateFlags.RWF_APPEND
                    | FallocateFlags.RWF_NOAPPEND
                    | FallocateFlags.RWF_NOSIGNAL;

    @Syscall(nr = 1, name = "write")
    public long write(Task task, int fd, long userAddr, long count) {
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            return Transfers.write(task, file, userAddr, count, Transfers.POSITION);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 18, name = "pwrite64")
    public long pwrite64(Task task, int fd, long userAddr, long count, long offset) {
        ReadCalls.checkOffset(offset);
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            Transfers.checkPositional(file);
            return Transfers.write(task, file, userAddr, count, offset);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 20, name = "writev")
    public long writev(Task task, int fd, long vectors, int count) {
        return vectored(task, fd, vectors, count, Transfers.POSITION, 0);
    }

    @Syscall(nr = 296, name = "pwritev")
    public long pwritev(Task task, int fd, long vectors, int count, long offset) {
        ReadCalls.checkOffset(offset);
        return vectored(task, fd, vectors, count, offset, 0);
    }

    @Syscall(nr = 328, name = "pwritev2")
    public long pwritev2(
            Task task, int fd, long vectors, int count, long offset, long high, int flags) {
        if (offset != Transfers.POSITION) {
            ReadCalls.checkOffset(offset);
        }
        return vectored(task, fd, vectors, count, offset, flags);
    }

    private static long vectored(
            Task task, int fd, long vectors, int count, long offset, int flags) {
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            if (offset != Transfers.POSITION) {
                Transfers.checkPositional(file);
            }
            Transfers.checkWritable(file);
            IoBuffer source = task.user().buffer(vectors, count, BufferUse.WRITE);
            if (source.remaining() == 0) {
                return 0;
            }
            Transfers.checkFlags(file, flags, KNOWN);
            boolean stored = FileMode.S_ISREG(file.inode().mode());
            boolean append = stored && (flags & FallocateFlags.RWF_APPEND) != 0;
            long at = append ? file.inode().attributes().sizeBytes() : offset;
            long moved = Transfers.countedWrite(task, file, source, at, flags);
            if (append && moved > 0 && offset == Transfers.POSITION) {
                file.seek(task, at + moved, SeekWhence.SEEK_SET);
            }
            if (moved > 0
                    && stored
                    && (flags & (FallocateFlags.RWF_DSYNC | FallocateFlags.RWF_SYNC)) != 0) {
                file.sync((flags & FallocateFlags.RWF_SYNC) == 0);
            }
            return moved;
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }
}
