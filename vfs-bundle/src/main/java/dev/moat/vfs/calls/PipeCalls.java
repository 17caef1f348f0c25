package dev.moat.vfs.calls;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.pipe.PipeFile;

/** {@code pipe(2)}, {@code pipe2(2)}. */
public final class PipeCalls {
    @Syscall(nr = 22, name = "pipe")
    public long pipe(Task task, long result) {
        return pipe2(task, result, 0);
    }

    @Syscall(nr = 293, name = "pipe2")
    public long pipe2(Task task, long result, int flags) {
        Args.checkFlags(flags, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT);
        boolean onExec = (flags & OpenFlags.O_CLOEXEC) != 0;
        PipeFile[] ends =
                PipeFile.pair(SandboxVfs.of(task).newPipeInode(task), flags & ~OpenFlags.O_CLOEXEC);
        int reader;
        try {
            reader = task.files().install(task, ends[0], onExec);
        } catch (ErrnoException e) {
            ends[1].release();
            throw e;
        }
        int writer;
        try {
            writer = task.files().install(task, ends[1], onExec);
        } catch (ErrnoException e) {
            task.files().close(task, reader);
            throw e;
        }
        try {
            task.user().writeInt(result, reader);
            task.user().writeInt(result + 4, writer);
        } catch (ErrnoException e) {
            task.files().close(task, reader);
            task.files().close(task, writer);
            throw e;
        }
        return 0;
    }
}
