package dev.moat.mm.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code mremap(2)}. */
final class MremapCalls {
    @Syscall(nr = 25, name = "mremap")
    long mremap(Task task, long oldAddr, long oldLength, long newLength, int flags, long newAddr) {
        boolean unlimited = LockLimit.isLifted(task);
        return task.memory()
                .control()
                .remap(oldAddr, oldLength, newLength, flags, newAddr, unlimited);
    }
}
