package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;
import static dev.moat.abi.MemoryFlags.TASK_SIZE_MAX;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

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
        for (long done = 0; done < pages; ) {
            byte[] step = new byte[(int) Math.min(STEP_PAGES, pages - done)];
            task.memory().control().residency(addr + done * PAGE_SIZE, step);
            task.user().copyOut(vector + done, step);
            done += step.length;
        }
        return 0;
    }
}
