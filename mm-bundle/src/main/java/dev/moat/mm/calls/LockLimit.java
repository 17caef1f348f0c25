package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Rlimits;
import dev.moat.api.task.Task;

/** RLIMIT_MEMLOCK, and CAP_IPC_LOCK that lifts it. */
final class LockLimit {
    private LockLimit() {}

    static boolean isLifted(Task task) {
        return task.credentials().can(Capabilities.CAP_IPC_LOCK);
    }

    /** Whether a task may lock anything at all: can_do_mlock(), mm/mlock.c. */
    static boolean isAny(Task task) {
        return isLifted(task) || task.group().limits().soft(Rlimits.RLIMIT_MEMLOCK) != 0;
    }

    /** Whether as much more may be locked: mlock_future_ok(), mm/mmap.c. */
    static boolean allows(Task task, long lengthBytes) {
        if (isLifted(task)) {
            return true;
        }
        long limit = task.group().limits().soft(Rlimits.RLIMIT_MEMLOCK) & -PAGE_SIZE;
        long wanted = (lengthBytes + PAGE_SIZE - 1) & -PAGE_SIZE;
        return wanted >= 0 && wanted <= limit - task.memory().stats().lockedBytes();
    }
}
