package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.Stat;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;

/** {@code stat(2)}, {@code lstat(2)}, {@code fstat(2)}, {@code fstatat(2)}. */
public final class StatCalls {
    private static final int KNOWN =
            At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT | At.AT_EMPTY_PATH | At.AT_STATX_SYNC_TYPE;

    @Syscall(nr = 4, name = "stat")
    public long stat(Task task, long path, long result) {
        return byPath(task, At.AT_FDCWD, Args.path(task, path), result, 0);
    }

    @Syscall(nr = 6, name = "lstat")
    public long lstat(Task task, long path, long result) {
        return byPath(task, At.AT_FDCWD, Args.path(task, path), result, At.AT_SYMLINK_NOFOLLOW);
    }

    @Syscall(nr = 5, name = "fstat")
    public long fstat(Task task, int fd, long result) {
        FileDescription file = task.files().acquire(fd);
        try {
            return give(task, SandboxVfs.viewer(task, file), file.inode().attributes(), result);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 262, name = "newfstatat")
    public long newfstatat(Task task, int dirfd, long path, long result, int flags) {
        Args.checkFlags(flags, KNOWN);
        // A null path with AT_EMPTY_PATH is allowed since Linux 6.11.
        boolean none = path == 0 && (flags & At.AT_EMPTY_PATH) != 0;
        return byPath(task, dirfd, none ? "" : Args.path(task, path), result, flags);
    }

    private static long byPath(Task task, int dirfd, String path, long result, int flags) {
        Place place =
                Args.find(
                        task,
                        dirfd,
                        path,
                        (flags & At.AT_SYMLINK_NOFOLLOW) == 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        return place == null
                ? Errno.ENOENT.negated()
                : give(task, place.viewer(task.credentials()), place.inode().attributes(), result);
    }

    private static long give(Task task, Credentials viewer, Attributes of, long result) {
        byte[] bytes = new byte[(int) Stat.SIZE];
        new Stat(
                        of.device(),
                        of.inode(),
                        of.links(),
                        of.mode(),
                        viewer.seenUid(of.uid()),
                        viewer.seenGid(of.gid()),
                        of.rdev(),
                        of.sizeBytes(),
                        of.blockSizeBytes(),
                        of.blocks(),
                        Timespec.ofNanos(of.atimeNs()),
                        Timespec.ofNanos(of.mtimeNs()),
                        Timespec.ofNanos(of.ctimeNs()))
                .writeTo(MemorySegment.ofArray(bytes), 0);
        task.user().copyOut(result, bytes);
        return 0;
    }
}
