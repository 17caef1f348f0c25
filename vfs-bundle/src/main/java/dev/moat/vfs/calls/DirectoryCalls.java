package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.Walker;

/** {@code mkdir(2)}, {@code rmdir(2)}, {@code mknod(2)}. */
public final class DirectoryCalls {
    @Syscall(nr = 83, name = "mkdir")
    public long mkdir(Task task, long path, int mode) {
        return mkdirat(task, At.AT_FDCWD, path, mode);
    }

    @Syscall(nr = 258, name = "mkdirat")
    public long mkdirat(Task task, int dirfd, long pathAddr, int mode) {
        String path = Args.path(task, pathAddr);
        Walker walker = Args.walker(task, dirfd, path);
        Place parent = parentForNew(walker, path, true);
        int permissions = mode & (FileMode.S_IRWXUGO | FileMode.S_ISVTX);
        SandboxVfs.of(task)
                .names()
                .makeDirectory(
                        task.credentials(),
                        parent,
                        walker.lastName(),
                        FileMode.S_IFDIR | permissions,
                        task.fs().umask());
        return 0;
    }

    /**
     * Walks to where a name shall be made: EEXIST for "..", "." and "/", ENOENT for "name/" of no
     * directory.
     */
    static Place parentForNew(Walker walker, String path, boolean directory) {
        Place parent = walker.resolveParent(path);
        if (walker.last() != Walker.Last.NAME) {
            throw Errno.EEXIST.exception();
        }
        if (walker.hasTrailingSlash() && !directory) {
            throw (walker.lastExists() ? Errno.EEXIST : Errno.ENOENT).exception();
        }
        return parent;
    }

    @Syscall(nr = 84, name = "rmdir")
    public long rmdir(Task task, long path) {
        return remove(task, At.AT_FDCWD, path);
    }

    static long remove(Task task, int dirfd, long pathAddr) {
        String path = Args.path(task, pathAddr);
        Walker walker = Args.walker(task, dirfd, path);
        Place parent = walker.resolveParent(path);
        switch (walker.last()) {
            case DOT -> throw Errno.EINVAL.exception();
            case DOT_DOT -> throw Errno.ENOTEMPTY.exception();
            case ROOT -> throw Errno.EBUSY.exception();
            case NAME ->
                    SandboxVfs.of(task)
                            .names()
                            .removeDirectory(task.credentials(), parent, walker.lastName());
        }
        return 0;
    }

    @Syscall(nr = 133, name = "mknod")
    public long mknod(Task task, long path, int mode, int device) {
        return mknodat(task, At.AT_FDCWD, path, mode, device);
    }

    @Syscall(nr = 259, name = "mknodat")
    public long mknodat(Task task, int dirfd, long pathAddr, int mode, int device) {
        int type = mode & FileMode.S_IFMT;
        switch (type) {
            case 0, FileMode.S_IFREG, FileMode.S_IFIFO, FileMode.S_IFSOCK -> {
                // Anybody may make these.
            }
            case FileMode.S_IFCHR, FileMode.S_IFBLK -> {
                // Whether they may be made is seen when it is known that the name is free.
            }
            case FileMode.S_IFDIR -> throw Errno.EPERM.exception();
            default -> throw Errno.EINVAL.exception();
        }
        String path = Args.path(task, pathAddr);
        Walker walker = Args.walker(task, dirfd, path);
        Place parent = parentForNew(walker, path, false);
        int permissions = mode & FileMode.S_IALLUGO;
        SandboxVfs.of(task)
                .names()
                .make(
                        task,
                        parent,
                        walker.lastName(),
                        (type == 0 ? FileMode.S_IFREG : type) | permissions,
                        Integer.toUnsignedLong(device));
        return 0;
    }
}
