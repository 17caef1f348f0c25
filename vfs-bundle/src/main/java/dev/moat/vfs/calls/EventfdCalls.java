package dev.moat.vfs.calls;

import dev.moat.abi.EventFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.event.EventFile;

/** {@code eventfd(2)}. */
public final class EventfdCalls {
    @Syscall(nr = 284, name = "eventfd")
    public long eventfd(Task task, int initial) {
        return eventfd2(task, initial, 0);
    }

    @Syscall(nr = 290, name = "eventfd2")
    public long eventfd2(Task task, int initial, int flags) {
        Args.checkFlags(
                flags, EventFlags.EFD_SEMAPHORE | EventFlags.EFD_CLOEXEC | EventFlags.EFD_NONBLOCK);
        EventFile file =
                new EventFile(
                        SandboxVfs.of(task).newAnonymousInode(task),
                        Integer.toUnsignedLong(initial),
                        (flags & EventFlags.EFD_SEMAPHORE) != 0,
                        OpenFlags.O_RDWR | flags & EventFlags.EFD_NONBLOCK);
        return task.files().install(task, file, (flags & EventFlags.EFD_CLOEXEC) != 0);
    }
}
