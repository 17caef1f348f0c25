package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/** {@code chmod(2)}, {@code fchmod(2)}, {@code fchmodat(2)}, {@code umask(2)}. */
public final class ChmodCalls {
    @Syscall(nr = 90, name = "chmod")
    public long chmod(Task task, long path, int mode) {
        return fchmodat2(task, At.AT_FDCWD, path, mode, 0);
    }

    @Syscall(nr = 91, name = "fchmod")
    public long fchmod(Task task, int fd, int mode) {
        FileDescription file = Args.file(task, fd);
        try {
            change(task, SandboxVfs.of(task).placeOf(file), mode);
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 268, name = "fchmodat")
    public long fchmodat(Task task, int dirfd, long path, int mode) {
        return fchmodat2(task, dirfd, path, mode, 0);
    }

    @Syscall(nr = 452, name = "fchmodat2")
    public long fchmodat2(Task task, int dirfd, long path, int mode, int flags) {
        Args.checkFlags(flags, At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH);
        Place place =
                Args.require(
                        task,
                        dirfd,
                        Args.path(task, path),
                        (flags & At.AT_SYMLINK_NOFOLLOW) == 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        change(task, place, mode);
        return 0;
    }

    private static void change(Task task, Place place, int mode) {
        Inode inode = place.inode();
        Names.checkWritable(place);
        if (FileMode.S_ISLNK(inode.mode())) {
            // Links have no permissions to change on any file system of today.
            throw Errno.EOPNOTSUPP.exception();
        }
        FileFlags.checkChange(inode);
        Credentials who = place.viewer(task.credentials());
        Permissions.checkShown(who, inode);
        Permissions.checkOwner(who, inode);
        int permissions = mode & FileMode.S_IALLUGO;
        if (!who.isInGroup(inode.gid())
                && !who.canOver(inode.uid(), inode.gid(), Capabilities.CAP_FSETID)) {
            permissions &= ~FileMode.S_ISGID;
        }
        inode.setAttributes(AttributeChange.mode(permissions));
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.notifier().isActive()) {
            vfs.tell(place, InotifyFlags.IN_ATTRIB);
        }
    }

    @Syscall(nr = 95, name = "umask")
    public long umask(Task task, int mask) {
        return task.fs().setUmask(mask);
    }
}
