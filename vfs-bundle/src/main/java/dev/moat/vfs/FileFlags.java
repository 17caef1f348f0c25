package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.api.vfs.Inode;

/**
 * What the flags of chattr(1) forbid, whoever asks: ioctl_iflags(2). Checks throw EPERM, as
 * IS_IMMUTABLE() and IS_APPEND() make fs/namei.c and fs/attr.c do.
 */
public final class FileFlags {
    private static final int FIXED = Ioctls.FS_IMMUTABLE_FL | Ioctls.FS_APPEND_FL;

    private FileFlags() {}

    public static boolean isImmutable(Inode inode) {
        return (inode.fileFlags() & Ioctls.FS_IMMUTABLE_FL) != 0;
    }

    public static boolean isAppendOnly(Inode inode) {
        return (inode.fileFlags() & Ioctls.FS_APPEND_FL) != 0;
    }

    /** Owners, modes, times, attributes and links of the inode change. */
    public static void checkChange(Inode inode) {
        if ((inode.fileFlags() & FIXED) != 0) {
            throw Errno.EPERM.exception();
        }
    }

    /** Content is cut off, or anything but appended to. */
    public static void checkNoAppend(Inode inode) {
        if (isAppendOnly(inode)) {
            throw Errno.EPERM.exception();
        }
    }
}
