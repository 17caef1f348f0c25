package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Ioctls;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.Names;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The flags of chattr(1) as the ioctls of ioctl_iflags(2) and ioctl_xfs_fsgetxattr(2) show them:
 * fs/file_attr.c.
 */
final class FileAttributes {
    /** {@code struct fsxattr}: flags, extent size, extents, project, extent size for copies. */
    private static final int FSXATTR_BYTES = 28;

    private static final int EXTENT_SIZE = 4;
    private static final int PROJECT = 12;
    private static final int COPY_EXTENT_SIZE = 16;

    // FS_XFLAG_*
    private static final int XFLAG_IMMUTABLE = 0x8;
    private static final int XFLAG_APPEND = 0x10;
    private static final int XFLAG_NOATIME = 0x40;
    private static final int XFLAG_NODUMP = 0x80;
    static final int XFLAGS = XFLAG_IMMUTABLE | XFLAG_APPEND | XFLAG_NOATIME | XFLAG_NODUMP;

    private static final int PRIVILEGED = Ioctls.FS_IMMUTABLE_FL | Ioctls.FS_APPEND_FL;

    private FileAttributes() {}

    /** Files and directories; what is behind other types answers for itself. */
    static boolean isAbout(FileDescription file) {
        int mode = file.inode().mode();
        return FileMode.S_ISREG(mode) || FileMode.S_ISDIR(mode);
    }

    static long ioctl(Task task, FileDescription file, int command, long argument) {
        Inode inode = file.inode();
        if (inode.keptFileFlags() == 0) {
            return file.ioctl(task, command, argument);
        }
        switch (command) {
            case Ioctls.FS_IOC_GETFLAGS -> task.user().writeInt(argument, inode.fileFlags());
            case Ioctls.FS_IOC_SETFLAGS -> {
                int flags = task.user().readInt(argument);
                set(task, SandboxVfs.of(task).placeOf(file), flags);
            }
            case Ioctls.FS_IOC_FSGETXATTR -> {
                byte[] bytes = new byte[FSXATTR_BYTES];
                MemorySegment.ofArray(bytes)
                        .set(ValueLayout.JAVA_INT_UNALIGNED, 0, extended(inode.fileFlags()));
                task.user().copyOut(argument, bytes);
            }
            default -> {
                byte[] bytes = task.user().copyIn(argument, FSXATTR_BYTES);
                MemorySegment given = MemorySegment.ofArray(bytes);
                int flags = given.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
                boolean more =
                        (flags & ~XFLAGS) != 0
                                || given.get(ValueLayout.JAVA_INT_UNALIGNED, EXTENT_SIZE) != 0
                                || given.get(ValueLayout.JAVA_INT_UNALIGNED, PROJECT) != 0
                                || given.get(ValueLayout.JAVA_INT_UNALIGNED, COPY_EXTENT_SIZE) != 0;
                setExtended(task, SandboxVfs.of(task).placeOf(file), flags, more);
            }
        }
        return 0;
    }

    /** FS_XFLAG_* for FS_*_FL: fileattr_fill_flags(). */
    static int extended(int flags) {
        return ((flags & Ioctls.FS_IMMUTABLE_FL) != 0 ? XFLAG_IMMUTABLE : 0)
                | ((flags & Ioctls.FS_APPEND_FL) != 0 ? XFLAG_APPEND : 0)
                | ((flags & Ioctls.FS_NOATIME_FL) != 0 ? XFLAG_NOATIME : 0)
                | ((flags & Ioctls.FS_NODUMP_FL) != 0 ? XFLAG_NODUMP : 0);
    }

    /**
     * Sets what FS_XFLAG_* ask for.
     *
     * @param more whether there is more than the flags that all file systems share: EOPNOTSUPP
     */
    static void setExtended(Task task, Place place, int flags, boolean more) {
        if (more) {
            check(task, place);
            throw Errno.EOPNOTSUPP.exception();
        }
        int plain = (flags & XFLAG_IMMUTABLE) != 0 ? Ioctls.FS_IMMUTABLE_FL : 0;
        plain |= (flags & XFLAG_APPEND) != 0 ? Ioctls.FS_APPEND_FL : 0;
        plain |= (flags & XFLAG_NOATIME) != 0 ? Ioctls.FS_NOATIME_FL : 0;
        plain |= (flags & XFLAG_NODUMP) != 0 ? Ioctls.FS_NODUMP_FL : 0;
        set(task, place, plain);
    }

    /** vfs_fileattr_set(): EROFS, EPERM, EOPNOTSUPP. */
    private static void set(Task task, Place place, int flags) {
        check(task, place);
        Inode inode = place.inode();
        Credentials who = task.credentials();
        boolean privileged = ((flags ^ inode.fileFlags()) & PRIVILEGED) != 0;
        if (privileged && !who.can(Capabilities.CAP_LINUX_IMMUTABLE)) {
            throw Errno.EPERM.exception();
        }
        inode.setFileFlags(flags);
    }

    private static void check(Task task, Place place) {
        Names.checkWritable(place);
        Permissions.checkOwner(place.viewer(task.credentials()), place.inode());
    }
}
