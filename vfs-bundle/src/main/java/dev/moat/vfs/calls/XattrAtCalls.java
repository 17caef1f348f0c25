package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.XattrArgs;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/**
 * {@code setxattrat(2)}, {@code getxattrat(2)}, {@code listxattrat(2)}, {@code removexattrat(2)}:
 * fs/xattr.c.
 */
public final class XattrAtCalls {
    private static final int KNOWN = At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH;

    @Syscall(nr = 463, name = "setxattrat")
    public long setxattrat(
            Task task, int dirfd, long path, int flags, long name, long args, long size) {
        XattrArgs given = read(task, args, size);
        Args.checkFlags(flags, KNOWN);
        long valueBytes = Integer.toUnsignedLong(given.size());
        XattrCalls.Setting setting =
                XattrCalls.setting(task, name, given.value(), valueBytes, given.flags());
        return XattrCalls.set(task, find(task, dirfd, path, flags), setting);
    }

    @Syscall(nr = 464, name = "getxattrat")
    public long getxattrat(
            Task task, int dirfd, long path, int flags, long name, long args, long size) {
        XattrArgs given = read(task, args, size);
        Args.checkFlags(given.flags(), 0);
        Args.checkFlags(flags, KNOWN);
        String wanted = XattrCalls.name(task, name);
        Place place = find(task, dirfd, path, flags);
        long room = Integer.toUnsignedLong(given.size());
        return XattrCalls.get(task, place, wanted, given.value(), room);
    }

    @Syscall(nr = 465, name = "listxattrat")
    public long listxattrat(Task task, int dirfd, long path, int flags, long list, long size) {
        Args.checkFlags(flags, KNOWN);
        return XattrCalls.list(task, find(task, dirfd, path, flags).inode(), list, size);
    }

    @Syscall(nr = 466, name = "removexattrat")
    public long removexattrat(Task task, int dirfd, long path, int flags, long name) {
        Args.checkFlags(flags, KNOWN);
        String wanted = XattrCalls.name(task, name);
        return XattrCalls.remove(task, find(task, dirfd, path, flags), wanted);
    }

    private static XattrArgs read(Task task, long userAddr, long sizeBytes) {
        Args.checkStructSize(sizeBytes, XattrArgs.SIZE);
        return XattrArgs.readFrom(Args.struct(task, userAddr, (int) sizeBytes, XattrArgs.SIZE), 0);
    }

    /** An empty path, or none at all, stands for the descriptor: getname_maybe_null(). */
    private static Place find(Task task, int dirfd, long pathAddr, int flags) {
        boolean emptyPath = (flags & At.AT_EMPTY_PATH) != 0;
        String path = emptyPath && pathAddr == 0 ? "" : Args.path(task, pathAddr);
        if (!path.isEmpty() || !emptyPath) {
            boolean follow = (flags & At.AT_SYMLINK_NOFOLLOW) == 0;
            return Args.require(task, dirfd, path, follow, false);
        }
        if (dirfd == At.AT_FDCWD) {
            return Args.itself(task, dirfd);
        }
        if (dirfd < 0) {
            throw Errno.EBADF.exception();
        }
        FileDescription file = Args.file(task, dirfd);
        try {
            return SandboxVfs.of(task).placeOf(file);
        } finally {
            file.release();
        }
    }
}
