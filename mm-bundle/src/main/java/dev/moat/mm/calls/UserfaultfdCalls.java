package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** {@code userfaultfd(2)}. */
final class UserfaultfdCalls {
    @Syscall(
            nr = 323,
            name = "userfaultfd",
            support = Support.PARTIAL,
            note =
                    "with UFFD_USER_MODE_ONLY (else EPERM: the kernel's own accesses give EFAULT); missing pages of private"
                            + " anonymous memory; no write protection, minor faults, files and events (EINVAL); a page of zeros"
                            + " counts as missing when it is registered")
    long userfaultfd(Task task, int flags) {
        int known = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | Userfaultfd.UFFD_USER_MODE_ONLY;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & Userfaultfd.UFFD_USER_MODE_ONLY) == 0) {
            throw Errno.EPERM.exception();
        }
        FileDescription file = task.memory().control().newUserfault(flags & OpenFlags.O_NONBLOCK);
        return task.files().install(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
