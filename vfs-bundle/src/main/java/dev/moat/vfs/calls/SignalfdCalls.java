package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.EventFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.event.SignalFile;

/** {@code signalfd(2)}. */
public final class SignalfdCalls {
    @Syscall(nr = 282, name = "signalfd")
    public long signalfd(Task task, int fd, long mask, long maskSize) {
        return signalfd4(task, fd, mask, maskSize, 0);
    }

    @Syscall(nr = 289, name = "signalfd4")
    public long signalfd4(Task task, int fd, long maskAddr, long maskSize, int flags) {
        if (maskSize != Signals.SIGSET_SIZE) {
            throw Errno.EINVAL.exception();
        }
        long mask = task.user().readLong(maskAddr);
        Args.checkFlags(flags, EventFlags.SFD_CLOEXEC | EventFlags.SFD_NONBLOCK);
        if (fd == -1) {
            SignalFile fresh =
                    new SignalFile(
                            SandboxVfs.of(task).newAnonymousInode(task),
                            task,
                            mask,
                            OpenFlags.O_RDWR | flags & EventFlags.SFD_NONBLOCK);
            return task.files().install(task, fresh, (flags & EventFlags.SFD_CLOEXEC) != 0);
        }
        FileDescription file = Args.file(task, fd);
        try {
            if (!(file instanceof SignalFile known)) {
                throw Errno.EINVAL.exception();
            }
            known.setMask(mask);
            return fd;
        } finally {
            file.release();
        }
    }
}
