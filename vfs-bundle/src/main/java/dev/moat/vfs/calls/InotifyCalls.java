package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.DeviceChecks;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.inotify.InotifyFile;

/** {@code inotify_init(2)}, {@code inotify_add_watch(2)}, {@code inotify_rm_watch(2)}. */
public final class InotifyCalls {
    private static final int KNOWN =
            InotifyFlags.IN_ALL_EVENTS
                    | InotifyFlags.IN_UNMOUNT
                    | InotifyFlags.IN_Q_OVERFLOW
                    | InotifyFlags.IN_IGNORED
                    | InotifyFlags.IN_ONLYDIR
                    | InotifyFlags.IN_DONT_FOLLOW
                    | InotifyFlags.IN_EXCL_UNLINK
                    | InotifyFlags.IN_MASK_CREATE
                    | InotifyFlags.IN_MASK_ADD
                    | InotifyFlags.IN_ISDIR
                    | InotifyFlags.IN_ONESHOT;

    @Syscall(nr = 253, name = "inotify_init")
    public long inotifyInit(Task task) {
        return inotifyInit1(task, 0);
    }

    @Syscall(nr = 294, name = "inotify_init1")
    public long inotifyInit1(Task task, int flags) {
        Args.checkFlags(flags, InotifyFlags.IN_CLOEXEC | InotifyFlags.IN_NONBLOCK);
        SandboxVfs vfs = SandboxVfs.of(task);
        InotifyFile file =
                new InotifyFile(
                        vfs.notifier(),
                        vfs.newAnonymousInode(task),
                        task.credentials().effectiveUid(),
                        OpenFlags.O_RDONLY | flags & InotifyFlags.IN_NONBLOCK);
        return task.files().install(task, file, (flags & InotifyFlags.IN_CLOEXEC) != 0);
    }

    @Syscall(nr = 254, name = "inotify_add_watch")
    public long inotifyAddWatch(Task task, int fd, long path, int mask) {
        boolean both =
                (mask & InotifyFlags.IN_MASK_ADD) != 0 && (mask & InotifyFlags.IN_MASK_CREATE) != 0;
        if (mask == 0 || (mask & ~KNOWN) != 0 || both) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = Args.file(task, fd);
        try {
            if (!(file instanceof InotifyFile inotify)) {
                throw Errno.EINVAL.exception();
            }
            boolean follow = (mask & InotifyFlags.IN_DONT_FOLLOW) == 0;
            Place place = Args.require(task, At.AT_FDCWD, Args.path(task, path), follow, false);
            if ((mask & InotifyFlags.IN_ONLYDIR) != 0 && !place.dentry().isDirectory()) {
                throw Errno.ENOTDIR.exception();
            }
            Permissions.check(
                    place.viewer(task.credentials()), place.inode(), Permissions.MAY_READ);
            DeviceChecks.check(task, place.inode(), Permissions.MAY_READ);
            return inotify.watch(place.inode(), mask);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 255, name = "inotify_rm_watch")
    public long inotifyRmWatch(Task task, int fd, int descriptor) {
        FileDescription file = Args.file(task, fd);
        try {
            if (!(file instanceof InotifyFile inotify)) {
                throw Errno.EINVAL.exception();
            }
            inotify.unwatch(descriptor);
            return 0;
        } finally {
            file.release();
        }
    }
}
