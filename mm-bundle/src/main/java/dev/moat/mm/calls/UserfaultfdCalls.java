package dev.moat.mm.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsSettings.Setting;

/** {@code userfaultfd(2)}. */
final class UserfaultfdCalls {
    private static final String NOTE =
            "no huge pages; a page of zeros from before the first userfaultfd of a process counts as"
                    + " missing; hot swap waits for a call that waits for a page or a reader";

    @Syscall(nr = 323, name = "userfaultfd", support = Support.PARTIAL, note = NOTE)
    long userfaultfd(Task task, int flags) {
        int known = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | Userfaultfd.UFFD_USER_MODE_ONLY;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & Userfaultfd.UFFD_USER_MODE_ONLY) == 0 && !mayServeKernel(task)) {
            throw Errno.EPERM.exception();
        }
        FileDescription file = task.memory().control().newUserfault(flags);
        return task.files().install(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    /** userfaultfd_syscall_allowed(), fs/userfaultfd.c. */
    private static boolean mayServeKernel(Task task) {
        return task.sandbox().vfs().settings().get(Setting.UNPRIVILEGED_USERFAULTFD) != 0
                || task.credentials().can(Capabilities.CAP_SYS_PTRACE);
    }
}
