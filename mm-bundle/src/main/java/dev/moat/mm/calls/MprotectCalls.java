package dev.moat.mm.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code mprotect(2)}. */
final class MprotectCalls {
    @Syscall(nr = 10, name = "mprotect")
    long mprotect(Task task, long addr, long length, int prot) {
        task.memory().protect(addr, length, prot);
        return 0;
    }
}
