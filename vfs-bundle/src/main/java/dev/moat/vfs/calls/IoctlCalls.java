package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.abi.Ioctls;
import dev.moat.abi.Landlock;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.SignalOwner;
import dev.moat.api.vfs.Inode;

/** {@code ioctl(2)}: what holds for every file; the rest is the file's. */
public final class IoctlCalls {
    @Syscall(nr = 16, name = "ioctl")
    public long ioctl(Task task, int fd, int command, long argument) {
        FileDescription file = Args.file(task, fd);
        try {
            if ((file.deniedRights() & Landlock.LANDLOCK_ACCESS_FS_IOCTL_DEV) != 0
                    && !isHarmless(command)) {
                throw Errno.EACCES.exception();
            }
            return switch (command) {
                case Ioctls.FIOCLEX -> {
                    task.files().setCloseOnExec(fd, true);
                    yield 0;
                }
                case Ioctls.FIONCLEX -> {
                    task.files().setCloseOnExec(fd, false);
                    yield 0;
                }
                case Ioctls.FIONBIO -> flag(task, file, OpenFlags.O_NONBLOCK, argument);
                case Ioctls.FIOASYNC -> {
                    checkAsync(task, file, argument);
                    FcntlCalls.setAsync(task, fd, file, task.user().readInt(argument) != 0);
                    yield 0;
                }
                case Ioctls.FICLONE -> {
                    FileDescription source = Args.file(task, (int) argument);
                    try {
                        yield clone(source, file);
                    } finally {
                        source.release();
                    }
                }
                case Ioctls.FS_IOC_GETFLAGS,
                        Ioctls.FS_IOC_SETFLAGS,
                        Ioctls.FS_IOC_FSGETXATTR,
                        Ioctls.FS_IOC_FSSETXATTR ->
                        FileAttributes.isAbout(file)
                                ? FileAttributes.ioctl(task, file, command, argument)
                                : file.ioctl(task, command, argument);
                case Ioctls.FIOQSIZE -> sizeOnDisk(task, file, argument);
                case Ioctls.SIOCGPGRP, Ioctls.FIOGETOWN -> owner(task, file, command, argument);
                default ->
                        Args.isStored(file)
                                ? regular(task, file, command, argument)
                                : file.ioctl(task, command, argument);
            };
        } finally {
            file.release();
        }
    }

    /** What drivers of devices do not see: is_masked_device_ioctl(), security/landlock/fs.c. */
    private static boolean isHarmless(int command) {
        return switch (command) {
            case Ioctls.FIOCLEX,
                    Ioctls.FIONCLEX,
                    Ioctls.FIONBIO,
                    Ioctls.FIOASYNC,
                    Ioctls.FIOQSIZE,
                    Ioctls.FIFREEZE,
                    Ioctls.FITHAW,
                    Ioctls.FS_IOC_FIEMAP,
                    Ioctls.FIGETBSZ,
                    Ioctls.FICLONE,
                    Ioctls.FICLONERANGE,
                    Ioctls.FIDEDUPERANGE ->
                    true;
            default -> false;
        };
    }

    /** ENOTTY for a change where nothing ever gets ready: files and directories. */
    private static void checkAsync(Task task, FileDescription file, long argument) {
        int mode = file.inode().mode();
        boolean on = (file.flags() & OpenFlags.O_ASYNC) != 0;
        boolean changes = task.user().readInt(argument) != 0 != on;
        if (changes && (FileMode.S_ISREG(mode) || FileMode.S_ISDIR(mode))) {
            throw Errno.ENOTTY.exception();
        }
    }

    private static long flag(Task task, FileDescription file, int flag, long argument) {
        file.setFlags(flag, task.user().readInt(argument) != 0 ? flag : 0);
        return 0;
    }

    private static long owner(Task task, FileDescription file, int command, long argument) {
        if (!FileMode.S_ISSOCK(file.inode().mode())) {
            return file.ioctl(task, command, argument);
        }
        SignalOwner owner = file.signalOwner();
        task.user()
                .writeInt(argument, owner.type() == Fcntl.F_OWNER_PGRP ? -owner.id() : owner.id());
        return 0;
    }

    /** FICLONE, which no file system of a sandbox has: vfs_clone_file_range(). */
    private static long clone(FileDescription source, FileDescription target) {
        if (source.inode().filesystem() != target.inode().filesystem()) {
            throw Errno.EXDEV.exception();
        }
        SendfileCalls.checkCopy(source, target);
        return Errno.EOPNOTSUPP.negated();
    }

    /** FIOQSIZE: the room that a file or directory takes, not its length, inode_get_bytes(). */
    private static long sizeOnDisk(Task task, FileDescription file, long argument) {
        Inode inode = file.inode();
        if (!Args.isStored(file) && !FileMode.S_ISDIR(inode.mode())) {
            throw Errno.ENOTTY.exception();
        }
        task.user().writeLong(argument, inode.attributes().blocks() * 512);
        return 0;
    }

    private static long regular(Task task, FileDescription file, int command, long argument) {
        Inode inode = file.inode();
        switch (command) {
            case Ioctls.FIONREAD -> {
                long left = inode.attributes().sizeBytes() - file.position();
                task.user().writeInt(argument, (int) left);
                return 0;
            }
            case Ioctls.FIGETBSZ -> {
                task.user().writeInt(argument, inode.attributes().blockSizeBytes());
                return 0;
            }
            case Ioctls.FIBMAP -> {
                // No file system of a sandbox has blocks: ioctl_fibmap().
                boolean may = task.credentials().can(Capabilities.CAP_SYS_RAWIO);
                return (may ? Errno.EINVAL : Errno.EPERM).negated();
            }
            case Ioctls.FICLONERANGE, Ioctls.FIDEDUPERANGE, Ioctls.FS_IOC_FIEMAP -> {
                return Errno.EOPNOTSUPP.negated();
            }
            default -> {
                return file.ioctl(task, command, argument);
            }
        }
    }
}
