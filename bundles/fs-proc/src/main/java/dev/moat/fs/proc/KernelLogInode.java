package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code /proc/kmsg}: the messages of the kernel, for one reader. */
@Stateful
final class KernelLogInode extends ProcInode {
    static final String NAME = "kmsg";

    KernelLogInode(ProcFilesystem proc) {
        super(proc, Numbers.fixed(NAME), FileMode.S_IFREG | 0400, ProcDirectory.ROOT_OWNER);
    }

    /** Who may open it may read it later, whoever he is then: check_syslog_permissions(). */
    @Override
    public FileDescription open(Task task, int flags) {
        if (!task.credentials().can(Capabilities.CAP_SYSLOG)) {
            throw Errno.EPERM.exception();
        }
        return new KernelLogDescription(this, flags);
    }
}
