package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.Walker;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** {@code link(2)}, {@code symlink(2)}, {@code readlink(2)}, {@code unlink(2)}. */
public final class LinkCalls {
    @Syscall(nr = 86, name = "link")
    public long link(Task task, long oldPath, long newPath) {
        return linkat(task, At.AT_FDCWD, oldPath, At.AT_FDCWD, newPath, 0);
    }

    @Syscall(nr = 265, name = "linkat")
    public long linkat(
            Task task, int oldDirfd, long oldPath, int newDirfd, long newPath, int flags) {
        Args.checkFlags(flags, At.AT_SYMLINK_FOLLOW | At.AT_EMPTY_PATH);
        Place old =
                Args.require(
                        task,
                        oldDirfd,
                        Args.path(task, oldPath),
                        (flags & At.AT_SYMLINK_FOLLOW) != 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        String path = Args.path(task, newPath);
        Walker walker = Args.walker(task, newDirfd, path);
        Place parent = DirectoryCalls.parentForNew(walker, path, false);
        SandboxVfs vfs = SandboxVfs.of(task);
        vfs.names().link(task.credentials(), old, parent, walker.lastName(), vfs.settings());
        return 0;
    }

    @Syscall(nr = 88, name = "symlink")
    public long symlink(Task task, long target, long path) {
        return symlinkat(task, target, At.AT_FDCWD, path);
    }

    @Syscall(nr = 266, name = "symlinkat")
    public long symlinkat(Task task, long targetAddr, int dirfd, long pathAddr) {
        String target = Args.path(task, targetAddr);
        if (target.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        String path = Args.path(task, pathAddr);
        Walker walker = Args.walker(task, dirfd, path);
        Place parent = DirectoryCalls.parentForNew(walker, path, false);
        SandboxVfs.of(task)
                .names()
                .makeSymlink(task.credentials(), parent, walker.lastName(), target);
        return 0;
    }

    @Syscall(nr = 89, name = "readlink")
    public long readlink(Task task, long path, long result, int size) {
        return readlinkat(task, At.AT_FDCWD, path, result, size);
    }

    @Syscall(nr = 267, name = "readlinkat")
    public long readlinkat(Task task, int dirfd, long pathAddr, long result, int size) {
        if (size <= 0) {
            throw Errno.EINVAL.exception();
        }
        String path = Args.path(task, pathAddr);
        Place place = Args.find(task, dirfd, path, false, true);
        if (place == null) {
            return Errno.ENOENT.negated();
        }
        Inode inode = place.inode();
        if (!FileMode.S_ISLNK(inode.mode())) {
            return (path.isEmpty() ? Errno.ENOENT : Errno.EINVAL).negated();
        }
        byte[] target = inode.readSymlink(task).getBytes(StandardCharsets.ISO_8859_1);
        int length = Math.min(size, target.length);
        task.user().copyOut(result, MemorySegment.ofArray(target), 0, length);
        return length;
    }

    @Syscall(nr = 87, name = "unlink")
    public long unlink(Task task, long path) {
        return unlinkat(task, At.AT_FDCWD, path, 0);
    }

    @Syscall(nr = 263, name = "unlinkat")
    public long unlinkat(Task task, int dirfd, long pathAddr, int flags) {
        Args.checkFlags(flags, At.AT_REMOVEDIR);
        if (flags != 0) {
            return DirectoryCalls.remove(task, dirfd, pathAddr);
        }
        String path = Args.path(task, pathAddr);
        Walker walker = Args.walker(task, dirfd, path);
        if (!walker.findParent(path)) {
            return Errno.ENOENT.negated();
        }
        if (walker.last() != Walker.Last.NAME) {
            throw Errno.EISDIR.exception();
        }
        SandboxVfs.of(task)
                .names()
                .unlink(
                        task.credentials(),
                        walker.here(),
                        walker.lastName(),
                        walker.hasTrailingSlash());
        return 0;
    }
}
