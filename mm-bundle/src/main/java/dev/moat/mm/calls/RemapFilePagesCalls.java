package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code remap_file_pages(2)}: as Linux does it since 4.0, with one area for each part. */
final class RemapFilePagesCalls {
    @Syscall(nr = 216, name = "remap_file_pages")
    long remapFilePages(Task task, long addr, long size, long prot, long pageOffset, long flags) {
        if (prot != 0) {
            throw Errno.EINVAL.exception();
        }
        task.memory().control().remapFilePages(addr, size, pageOffset, (int) flags);
        return 0;
    }
}
