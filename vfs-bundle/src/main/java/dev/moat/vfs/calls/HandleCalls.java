package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/**
 * {@code open_by_handle_at(2)}: no file system of a sandbox has handles that outlive its inodes.
 */
public final class HandleCalls {
    @Syscall(
            nr = 303,
            name = "name_to_handle_at",
            support = Support.REFUSED,
            note = "EOPNOTSUPP: no file system has handles")
    public long nameToHandleAt(
            Task task, int dirfd, long path, long handle, long mountId, int flags) {
        return Errno.EOPNOTSUPP.negated();
    }

    @Syscall(
            nr = 304,
            name = "open_by_handle_at",
            support = Support.REFUSED,
            note = "EPERM: no file system has handles")
    public long openByHandleAt(Task task, int mountFd, long handle, int flags) {
        return Errno.EPERM.negated();
    }
}
