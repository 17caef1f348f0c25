package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.PKEY_DISABLE_ACCESS;
import static dev.moat.abi.MemoryFlags.PKEY_DISABLE_WRITE;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code pkeys(7)}: as on a processor without protection keys. */
final class PkeyCalls {
    private static final String NOTE = "as on a processor without protection keys";

    @Syscall(nr = 329, name = "pkey_mprotect", support = Support.PARTIAL, note = NOTE)
    long pkeyMprotect(Task task, long addr, long length, int prot, int key) {
        if (key != -1) {
            throw Errno.EINVAL.exception();
        }
        task.memory().protect(addr, length, prot);
        return 0;
    }

    @Syscall(nr = 330, name = "pkey_alloc", support = Support.REFUSED, note = NOTE)
    long pkeyAlloc(Task task, long flags, long rights) {
        if (flags != 0 || (rights & ~(PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE)) != 0) {
            throw Errno.EINVAL.exception();
        }
        throw Errno.ENOSPC.exception();
    }

    @Syscall(nr = 331, name = "pkey_free", support = Support.REFUSED, note = NOTE)
    long pkeyFree(Task task, int key) {
        throw Errno.EINVAL.exception();
    }
}
