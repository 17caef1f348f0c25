package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;

/** {@code read(2)}, {@code pread(2)}, {@code readv(2)} and their kin. */
public final class ReadCalls {
    private static final int KNOWN =
            FallocateFlags.RWF_HIPRI
                    | FallocateFlags.RWF_DSYNC
                    | FallocateFlags.RWF_SYNC
                    | FallocateFlags.RWF_NOWAIT
                    | FallocateFlags.RWF_NOSIGNAL;

    @Syscall(nr = 0, name = "read")
    public long read(Task task, int fd, long userAddr, long count) {
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            return Transfers.read(task, file, userAddr, count, Transfers.POSITION);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 17, name = "pread64")
    public long pread64(Task task, int fd, long userAddr, long count, long offset) {
        checkOffset(offset);
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            Transfers.checkPositional(file);
            return Transfers.read(task, file, userAddr, count, offset);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 19, name = "readv")
    public long readv(Task task, int fd, long vectors, int count) {
        return vectored(task, fd, vectors, count, Transfers.POSITION, 0);
    }

    @Syscall(nr = 295, name = "preadv")
    public long preadv(Task task, int fd, long vectors, int count, long offset) {
        checkOffset(offset);
        return vectored(task, fd, vectors, count, offset, 0);
    }

    @Syscall(nr = 327, name = "preadv2")
    public long preadv2(
            Task task, int fd, long vectors, int count, long offset, long high, int flags) {
        if (offset != Transfers.POSITION) {
            checkOffset(offset);
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
            Transfers.checkReadable(file);
            IoBuffer target = task.user().buffer(vectors, count, BufferUse.READ);
            if (target.remaining() == 0) {
                return 0;
            }
            Transfers.checkFlags(file, flags, KNOWN);
            boolean noWait = (flags & FallocateFlags.RWF_NOWAIT) != 0;
            return Transfers.countedRead(task, file, target, offset, noWait);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    static void checkOffset(long offset) {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
    }
}
