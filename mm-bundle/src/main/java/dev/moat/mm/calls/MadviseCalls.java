package dev.moat.mm.calls;

import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code madvise(2)}. */
final class MadviseCalls {
    @Syscall(
            nr = 28,
            name = "madvise",
            support = Support.PARTIAL,
            note =
                    "as a kernel without KSM and memory failure handling: their advice is EINVAL; MADV_HUGEPAGE works where the host lets memory files have huge pages, MADV_COLLAPSE gives ENOMEM")
    long madvise(Task task, long addr, long length, int advice) {
        task.memory().control().advise(addr, length, advice);
        return 0;
    }
}
