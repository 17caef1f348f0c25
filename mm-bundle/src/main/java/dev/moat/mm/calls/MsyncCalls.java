package dev.moat.mm.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code msync(2)}. */
final class MsyncCalls {
    @Syscall(nr = 26, name = "msync")
    long msync(Task task, long addr, long length, int flags) {
        task.memory().control().sync(addr, length, flags);
        return 0;
    }
}
