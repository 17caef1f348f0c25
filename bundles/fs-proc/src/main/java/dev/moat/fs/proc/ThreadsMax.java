package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/** {@code kernel/threads-max}: as many tasks as the operator allows, or fewer. */
final class ThreadsMax implements Content {
    /** FUTEX_TID_MASK: sysctl_max_threads(), kernel/fork.c. */
    private static final int MOST = 0x3fff_ffff;

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.sandbox().tasks().maxTasks() + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        if (!proc.sandbox().tasks().trySetMaxTasks(SysctlNumber.first(value, 1, MOST))) {
            throw Errno.EINVAL.exception();
        }
    }
}
