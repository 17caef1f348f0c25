package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.RenameFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.Renames;
import dev.moat.vfs.Renames.Side;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.Walker;

/** {@code rename(2)}, {@code renameat(2)}, {@code renameat2(2)}. */
public final class RenameCalls {
    @Syscall(nr = 82, name = "rename")
    public long rename(Task task, long oldPath, long newPath) {
        return renameat2(task, At.AT_FDCWD, oldPath, At.AT_FDCWD, newPath, 0);
    }

    @Syscall(nr = 264, name = "renameat")
    public long renameat(Task task, int oldDirfd, long oldPath, int newDirfd, long newPath) {
        return renameat2(task, oldDirfd, oldPath, newDirfd, newPath, 0);
    }

    @Syscall(nr = 316, name = "renameat2")
    public long renameat2(
            Task task, int oldDirfd, long oldPath, int newDirfd, long newPath, int flags) {
        Renames.checkFlags(flags);
        boolean noReplace = (flags & RenameFlags.RENAME_NOREPLACE) != 0;
        String fromPath = Args.path(task, oldPath);
        Walker fromWalker = Args.walker(task, oldDirfd, fromPath);
        Side from = side(fromWalker, fromPath);
        String toPath = Args.path(task, newPath);
        Walker toWalker = Args.walker(task, newDirfd, toPath);
        Side to = side(toWalker, toPath);
        if (from.parent().mount() != to.parent().mount()) {
            throw Errno.EXDEV.exception();
        }
        checkName(fromWalker, Errno.EBUSY);
        checkName(toWalker, noReplace ? Errno.EEXIST : Errno.EBUSY);
        SandboxVfs.of(task).names().renames().rename(task.credentials(), from, to, flags);
        return 0;
    }

    private static Side side(Walker walker, String path) {
        return new Side(walker.resolveParent(path), walker.lastName(), walker.hasTrailingSlash());
    }

    /** "..", "." and "/" have no name that could move. */
    private static void checkName(Walker walker, Errno errno) {
        if (walker.last() != Walker.Last.NAME) {
            throw errno.exception();
        }
    }
}
