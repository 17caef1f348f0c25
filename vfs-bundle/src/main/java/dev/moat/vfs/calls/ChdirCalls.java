package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsPath;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code chdir(2)}, {@code fchdir(2)}, {@code chroot(2)}, {@code getcwd(2)}. */
public final class ChdirCalls {
    @Syscall(nr = 80, name = "chdir")
    public long chdir(Task task, long path) {
        Place place = Args.require(task, At.AT_FDCWD, Args.path(task, path), true, false);
        checkDirectory(task, place);
        task.fs().setWorkingDirectory(place);
        return 0;
    }

    private static void checkDirectory(Task task, Place place) {
        if (!place.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        Permissions.check(
                place.viewer(task.credentials()),
                place.inode(),
                Permissions.MAY_EXEC | Inode.MAY_ACCESS);
    }

    @Syscall(nr = 81, name = "fchdir")
    public long fchdir(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            VfsPath path = file.path();
            if (path == null) {
                throw Errno.ENOTDIR.exception();
            }
            checkDirectory(task, Place.of(path));
            task.fs().setWorkingDirectory(path);
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 161, name = "chroot")
    public long chroot(Task task, long path) {
        Place place = Args.require(task, At.AT_FDCWD, Args.path(task, path), true, false);
        checkDirectory(task, place);
        if (!task.credentials().has(Capabilities.CAP_SYS_CHROOT)) {
            throw Errno.EPERM.exception();
        }
        task.fs().setRoot(place);
        return 0;
    }

    @Syscall(nr = 79, name = "getcwd")
    public long getcwd(Task task, long result, long size) {
        Place place = Place.of(task.fs().workingDirectory());
        if (place.dentry().isDead()) {
            throw Errno.ENOENT.exception();
        }
        Place root = Place.of(task.fs().root());
        String path = SandboxVfs.of(task).pathOf(place, root);
        if (!SandboxVfs.isReachable(place, root)) {
            path = "(unreachable)" + path;
        }
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length >= Limits.PATH_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (Long.compareUnsigned(size, bytes.length) <= 0) {
            throw Errno.ERANGE.exception();
        }
        task.user().copyOut(result, Arrays.copyOf(bytes, bytes.length + 1));
        return bytes.length + 1L;
    }
}
