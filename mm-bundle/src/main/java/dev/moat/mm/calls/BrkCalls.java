package dev.moat.mm.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code brk(2)}: the raw call, which gives the break and never an error. */
final class BrkCalls {
    @Syscall(nr = 12, name = "brk")
    long brk(Task task, long addr) {
        if (task.memory().control().locksFuture()) {
            long now = task.memory().setBreak(0);
            if (addr > now && !LockLimit.allows(task, addr - now)) {
                return now;
            }
        }
        return task.memory().setBreak(addr);
    }
}
