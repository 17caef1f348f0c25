package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;

/**
 * {@code kernel.ns_last_pid}: the number of the last process that was born in the reader's pid
 * namespace. Who may restore processes sets it. Source: kernel/pid_namespace.c
 * pid_ns_ctl_handler().
 */
record LastPid() implements Content {
    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public int permissions() {
        return 0666;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.sandbox().tasks().lastNumber(reader) + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        UserView owner = writer.namespaces().get(NamespaceKind.PID).owner();
        if (!writer.credentials().canRestoreIn(owner)) {
            throw Errno.EPERM.exception();
        }
        int most = proc.sandbox().vfs().settings().get(VfsSettings.Setting.PID_MAX);
        proc.sandbox().tasks().setLastNumber(writer, SysctlNumber.first(value, 0, most));
    }
}
