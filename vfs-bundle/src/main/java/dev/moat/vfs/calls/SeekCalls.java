package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code lseek(2)}. */
public final class SeekCalls {
    @Syscall(nr = 8, name = "lseek")
    public long lseek(Task task, int fd, long offset, int whence) {
        FileDescription file = Args.file(task, fd);
        try {
            if (whence < 0 || whence > SeekWhence.SEEK_MAX) {
                throw Errno.EINVAL.exception();
            }
            return file.seek(task, offset, whence);
        } finally {
            file.release();
        }
    }
}
