package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.SandboxVfs;

/**
 * {@code fsync(2)}, {@code sync(2)}, {@code sync_file_range(2)}, {@code posix_fadvise(2)}, {@code
 * readahead(2)}.
 */
public final class SyncCalls {
    @Syscall(nr = 74, name = "fsync")
    public long fsync(Task task, int fd) {
        return sync(task, fd, false);
    }

    @Syscall(nr = 75, name = "fdatasync")
    public long fdatasync(Task task, int fd) {
        return sync(task, fd, true);
    }

    private static long sync(Task task, int fd, boolean dataOnly) {
        FileDescription file = Args.file(task, fd);
        try {
            file.sync(dataOnly);
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 162, name = "sync")
    public long sync(Task task) {
        SandboxVfs.of(task).syncAll();
        return 0;
    }

    @Syscall(nr = 306, name = "syncfs")
    public long syncfs(Task task, int fd) {
        FileDescription file = Args.file(task, fd);
        try {
            file.inode().filesystem().sync();
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 277, name = "sync_file_range")
    public long syncFileRange(Task task, int fd, long offset, long lengthBytes, int flags) {
        FileDescription file = Args.file(task, fd);
        try {
            Args.checkFlags(
                    flags,
                    FallocateFlags.SYNC_FILE_RANGE_WAIT_BEFORE
                            | FallocateFlags.SYNC_FILE_RANGE_WRITE
                            | FallocateFlags.SYNC_FILE_RANGE_WAIT_AFTER);
            if (offset < 0 || lengthBytes < 0 || offset > Long.MAX_VALUE - lengthBytes) {
                throw Errno.EINVAL.exception();
            }
            int mode = file.inode().mode();
            if (!FileMode.S_ISREG(mode) && !FileMode.S_ISDIR(mode) && !FileMode.S_ISBLK(mode)) {
                throw Errno.ESPIPE.exception();
            }
            if (flags != 0) {
                file.sync(true);
            }
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 221, name = "fadvise64")
    public long fadvise64(Task task, int fd, long offset, long lengthBytes, int advice) {
        FileDescription file = Args.file(task, fd);
        try {
            if (FileMode.S_ISFIFO(file.inode().mode())) {
                throw Errno.ESPIPE.exception();
            }
            if (lengthBytes < 0
                    || advice < FallocateFlags.POSIX_FADV_NORMAL
                    || advice > FallocateFlags.POSIX_FADV_NOREUSE) {
                throw Errno.EINVAL.exception();
            }
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 187, name = "readahead")
    public long readahead(Task task, int fd, long offset, long count) {
        FileDescription file = Args.file(task, fd);
        try {
            if (!file.isReadable()) {
                throw Errno.EBADF.exception();
            }
            if (!Args.isStored(file)) {
                throw Errno.EINVAL.exception();
            }
            return 0;
        } finally {
            file.release();
        }
    }
}
