package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code mseal(2)}. */
final class MsealCalls {
    @Syscall(nr = 462, name = "mseal")
    long mseal(Task task, long addr, long length, long flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        task.memory().control().seal(addr, length);
        return 0;
    }
}
