package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.mm.secret.SecretFile;

/** {@code memfd_secret(2)}: mm/secretmem.c. */
final class MemfdSecretCalls {
    private static final String NOTE =
            "kept from debuggers, process_vm_readv and what else pins pages, as on Linux; the kernel"
                    + " host itself can read it, and a checkpoint contains it";

    @Syscall(nr = 447, name = "memfd_secret", support = Support.FULL, note = NOTE)
    long memfdSecret(Task task, int flags) {
        if ((flags & ~OpenFlags.O_CLOEXEC) != 0) {
            throw Errno.EINVAL.exception();
        }
        SecretFile file =
                SecretFile.create(
                        task, task.sandbox().memory().newFilePages(PageQuota.Unlimited.INSTANCE));
        return task.files().install(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
