package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Timespec;
import dev.moat.abi.Timeval;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.DeviceChecks;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.util.OptionalLong;

/** {@code utime(2)}, {@code futimesat(2)}, {@code utimensat(2)}. */
public final class UtimeCalls {
    private static final Timespec NOW = new Timespec(0, At.UTIME_NOW);

    private static final AttributeChange BOTH_NOW =
            AttributeChange.times(
                    OptionalLong.of(AttributeChange.NOW), OptionalLong.of(AttributeChange.NOW));

    @Syscall(nr = 132, name = "utime")
    public long utime(Task task, long path, long times) {
        AttributeChange change = BOTH_NOW;
        if (times != 0) {
            long accessed = new Timespec(task.user().readLong(times), 0).toNanos();
            long modified = new Timespec(task.user().readLong(times + 8), 0).toNanos();
            change = AttributeChange.times(OptionalLong.of(accessed), OptionalLong.of(modified));
        }
        return byPath(task, At.AT_FDCWD, path, change);
    }

    @Syscall(nr = 235, name = "utimes")
    public long utimes(Task task, long path, long times) {
        return futimesat(task, At.AT_FDCWD, path, times);
    }

    @Syscall(nr = 261, name = "futimesat")
    public long futimesat(Task task, int dirfd, long path, long times) {
        AttributeChange change = BOTH_NOW;
        if (times != 0) {
            change =
                    AttributeChange.times(
                            OptionalLong.of(timeval(task, times)),
                            OptionalLong.of(timeval(task, times + 16)));
        }
        return path == 0 && dirfd != At.AT_FDCWD
                ? byDescriptor(task, dirfd, change)
                : byPath(task, dirfd, path, change);
    }

    private static long timeval(Task task, long userAddr) {
        Timeval time =
                new Timeval(task.user().readLong(userAddr), task.user().readLong(userAddr + 8));
        if (time.microseconds() < 0 || time.microseconds() >= 1_000_000) {
            throw Errno.EINVAL.exception();
        }
        return time.toNanos();
    }

    @Syscall(nr = 280, name = "utimensat")
    public long utimensat(Task task, int dirfd, long path, long times, int flags) {
        Timespec accessed = NOW;
        Timespec modified = NOW;
        if (times != 0) {
            accessed = Args.timespec(task, times);
            modified = Args.timespec(task, times + 16);
            if (accessed.nanoseconds() == At.UTIME_OMIT
                    && modified.nanoseconds() == At.UTIME_OMIT) {
                return 0;
            }
        }
        if (path == 0 && dirfd != At.AT_FDCWD) {
            Args.checkFlags(flags, 0);
            FileDescription file = Args.file(task, dirfd);
            try {
                return set(task, SandboxVfs.of(task).placeOf(file), change(accessed, modified));
            } finally {
                file.release();
            }
        }
        Args.checkFlags(flags, At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH);
        Place place =
                Args.find(
                        task,
                        dirfd,
                        Args.path(task, path),
                        (flags & At.AT_SYMLINK_NOFOLLOW) == 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        // Times are checked when there is something to set them on: vfs_utimes().
        return place == null
                ? Errno.ENOENT.negated()
                : set(task, place, change(accessed, modified));
    }

    private static AttributeChange change(Timespec accessed, Timespec modified) {
        return AttributeChange.times(moment(accessed), moment(modified));
    }

    private static OptionalLong moment(Timespec time) {
        if (time.nanoseconds() == At.UTIME_NOW) {
            return OptionalLong.of(AttributeChange.NOW);
        }
        if (time.nanoseconds() == At.UTIME_OMIT) {
            return OptionalLong.empty();
        }
        if (Long.compareUnsigned(time.nanoseconds(), 1_000_000_000) >= 0) {
            throw Errno.EINVAL.exception();
        }
        return OptionalLong.of(time.toNanos());
    }

    private static long byDescriptor(Task task, int fd, AttributeChange change) {
        FileDescription file = Args.file(task, fd);
        try {
            return set(task, SandboxVfs.of(task).placeOf(file), change);
        } finally {
            file.release();
        }
    }

    private static long byPath(Task task, int dirfd, long path, AttributeChange change) {
        Place place = Args.find(task, dirfd, Args.path(task, path), true, false);
        return place == null ? Errno.ENOENT.negated() : set(task, place, change);
    }

    private static long set(Task task, Place place, AttributeChange change) {
        Names.checkWritable(place);
        Inode inode = place.inode();
        Credentials who = place.viewer(task.credentials());
        boolean touch = change.equals(BOTH_NOW);
        if (FileFlags.isImmutable(inode) || !touch && FileFlags.isAppendOnly(inode)) {
            throw Errno.EPERM.exception();
        }
        if (!touch) {
            Permissions.checkShown(who, inode);
        }
        if (!Permissions.isOwner(who, inode)) {
            // Whoever may write may set both to now, and nothing else.
            if (!touch) {
                throw Errno.EPERM.exception();
            }
            Permissions.check(who, inode, Permissions.MAY_WRITE);
            DeviceChecks.check(task, inode, Permissions.MAY_WRITE);
        }
        inode.setAttributes(change);
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.notifier().isActive()) {
            vfs.tell(place, InotifyFlags.IN_ATTRIB);
        }
        return 0;
    }
}
