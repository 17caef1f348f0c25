package dev.moat.task.futex;

import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.swap.Stateful;

/**
 * Addresses that a task has left with the kernel for its end: set_tid_address(2),
 * set_robust_list(2).
 */
@Stateful
public final class FutexOwner {
    /**
     * Where the end of the task writes 0 and wakes; 0 for none. Volatile: PR_GET_TID_ADDRESS,
     * /proc.
     */
    private volatile long clearTidAddr;

    /** Head of the list of robust futexes; 0 for none. Volatile: get_robust_list of others. */
    private volatile long robustListAddr;

    /** Where the new task stores its id before it runs; own thread. */
    private long childTidToStore;

    public long clearTidAddr() {
        return clearTidAddr;
    }

    public void setClearTidAddr(long userAddr) {
        clearTidAddr = userAddr;
    }

    public long robustListAddr() {
        return robustListAddr;
    }

    public void setRobustListAddr(long userAddr) {
        robustListAddr = userAddr;
    }

    /** CLONE_CHILD_SETTID. */
    public void setChildTidToStore(long userAddr) {
        childTidToStore = userAddr;
    }

    /** Stores the id if clone asked for it; a bad address is ignored, as schedule_tail does. */
    public void storeChildTid(UserMemory user, int tid) {
        if (childTidToStore == 0) {
            return;
        }
        try {
            user.writeInt(childTidToStore, tid);
        } catch (ErrnoException e) {
            // kernel/sched/core.c: put_user's result is not looked at.
            return;
        } finally {
            childTidToStore = 0;
        }
    }
}
