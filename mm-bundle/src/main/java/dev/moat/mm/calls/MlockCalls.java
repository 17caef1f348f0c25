package dev.moat.mm.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code mlock(2)}: guest memory is never paged out by Moat; locking makes present and counts. */
final class MlockCalls {
    @Syscall(nr = 149, name = "mlock")
    long mlock(Task task, long addr, long length) {
        return mlock2(task, addr, length, 0);
    }

    @Syscall(nr = 325, name = "mlock2")
    long mlock2(Task task, long addr, long length, int flags) {
        task.memory().control().lock(addr, length, flags, LockLimit.isLifted(task));
        return 0;
    }

    @Syscall(nr = 150, name = "munlock")
    long munlock(Task task, long addr, long length) {
        task.memory().control().unlock(addr, length);
        return 0;
    }

    @Syscall(nr = 151, name = "mlockall")
    long mlockall(Task task, int flags) {
        task.memory().control().lockAll(flags, LockLimit.isLifted(task));
        return 0;
    }

    @Syscall(nr = 152, name = "munlockall")
    long munlockall(Task task) {
        task.memory().control().unlockAll();
        return 0;
    }
}
