package dev.moat.vfs.calls;

import dev.moat.abi.CloseRangeFlags;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code close(2)}, {@code close_range(2)}. */
public final class CloseCalls {
    @Syscall(nr = 3, name = "close")
    public long close(Task task, int fd) {
        return task.files().close(task, fd);
    }

    @Syscall(nr = 436, name = "close_range")
    public long closeRange(Task task, int first, int last, int flags) {
        Args.checkFlags(
                flags, CloseRangeFlags.CLOSE_RANGE_UNSHARE | CloseRangeFlags.CLOSE_RANGE_CLOEXEC);
        if (Integer.compareUnsigned(first, last) > 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & CloseRangeFlags.CLOSE_RANGE_UNSHARE) != 0) {
            task.unshareFiles();
        }
        boolean mark = (flags & CloseRangeFlags.CLOSE_RANGE_CLOEXEC) != 0;
        task.files().closeRange(task, first, last, mark);
        return 0;
    }
}
