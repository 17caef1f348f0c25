package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code dup(2)}, {@code dup2(2)}, {@code dup3(2)}. */
public final class DupCalls {
    @Syscall(nr = 32, name = "dup")
    public long dup(Task task, int fd) {
        return task.files().install(task, task.files().acquire(fd), false);
    }

    @Syscall(nr = 33, name = "dup2")
    public long dup2(Task task, int oldFd, int newFd) {
        FileDescription file = task.files().acquire(oldFd);
        if (oldFd == newFd) {
            file.release();
            return newFd;
        }
        task.files().replace(task, newFd, file, false);
        return newFd;
    }

    @Syscall(nr = 292, name = "dup3")
    public long dup3(Task task, int oldFd, int newFd, int flags) {
        Args.checkFlags(flags, OpenFlags.O_CLOEXEC);
        if (oldFd == newFd) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.files().acquire(oldFd);
        task.files().replace(task, newFd, file, (flags & OpenFlags.O_CLOEXEC) != 0);
        return newFd;
    }
}
