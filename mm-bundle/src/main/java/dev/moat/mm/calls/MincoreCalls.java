package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;
import static dev.moat.abi.MemoryFlags.TASK_SIZE_MAX;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;

/** {@code mincore(2)}. */
final class MincoreCalls {
    /** Pages per step, as mm/mincore.c works with one page of result at a time. */
    private static final int STEP_PAGES = PAGE_SIZE;

    @Syscall(nr = 27, name = "mincore")
    long mincore(Task task, long addr, long length, long vector) {
        if ((addr & (PAGE_SIZE - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (addr < 0 || length < 0 || addr > TASK_SIZE_MAX || length > TASK_SIZE_MAX - addr) {
            throw Errno.ENOMEM.exception();
        }
        long pages = (length + PAGE_SIZE - 1) / PAGE_SIZE;
        if (vector < 0 || vector > TASK_SIZE_MAX - pages) {
            throw Errno.EFAULT.exception();
        }
        for (long done = task.resumption().takeProgress(); done < pages; ) {
            byte[] step = new byte[(int) Math.min(STEP_PAGES, pages - done)];
            task.memory().control().residency(addr + done * PAGE_SIZE, step);
            task.user().copyOut(vector + done, step);
            done += step.length;
            if (isKilled(task, done)) {
                return Errno.EINTR.negated();
            }
        }
        return 0;
    }

    /** Whether to stop after so many pages; a safe point goes on from there. */
    private static boolean isKilled(Task task, long done) {
        try {
            task.blocker().pause();
        } catch (WaitSuspended e) {
            task.resumption().setProgress(done);
            throw e;
        }
        return task.signals().isKilled();
    }
}
