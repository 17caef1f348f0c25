package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Landlock;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Rlimits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.Confinement;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.SetId;
import dev.moat.vfs.lease.Leases;

/** {@code truncate(2)}, {@code ftruncate(2)}, {@code fallocate(2)}. */
public final class TruncateCalls {
    @Syscall(nr = 76, name = "truncate")
    public long truncate(Task task, long path, long sizeBytes) {
        ReadCalls.checkOffset(sizeBytes);
        Place place = Args.require(task, At.AT_FDCWD, Args.path(task, path), true, false);
        Inode inode = place.inode();
        if (FileMode.S_ISDIR(inode.mode())) {
            throw Errno.EISDIR.exception();
        }
        if (!FileMode.S_ISREG(inode.mode())) {
            throw Errno.EINVAL.exception();
        }
        Names.checkWritable(place);
        Permissions.check(place.viewer(task.credentials()), inode, Permissions.MAY_WRITE);
        FileFlags.checkNoAppend(inode);
        if (!Leases.giveWay(task, inode, OpenFlags.O_WRONLY)) {
            return -Restart.ERESTARTSYS;
        }
        Confinement.check(task.credentials(), place, Landlock.LANDLOCK_ACCESS_FS_TRUNCATE);
        limit(task, inode, sizeBytes);
        SetId.drop(task, inode);
        inode.truncate(sizeBytes);
        tell(task, place);
        return 0;
    }

    @Syscall(nr = 77, name = "ftruncate")
    public long ftruncate(Task task, int fd, long sizeBytes) {
        ReadCalls.checkOffset(sizeBytes);
        FileDescription file = Args.file(task, fd);
        try {
            Inode inode = file.inode();
            if (!FileMode.S_ISREG(inode.mode()) || !file.isWritable()) {
                throw Errno.EINVAL.exception();
            }
            if ((file.deniedRights() & Landlock.LANDLOCK_ACCESS_FS_TRUNCATE) != 0) {
                throw Errno.EACCES.exception();
            }
            FileFlags.checkNoAppend(inode);
            limit(task, inode, sizeBytes);
            SetId.drop(task, inode);
            file.truncate(task, sizeBytes);
            tell(task, SandboxVfs.of(task).placeOf(file));
            return 0;
        } finally {
            file.release();
        }
    }

    /** EFBIG with SIGXFSZ for a file that would grow beyond the process's limit. */
    static void limit(Task task, Inode inode, long sizeBytes) {
        long limit = task.group().limits().soft(Rlimits.RLIMIT_FSIZE);
        if (limit >= 0 && sizeBytes > limit && sizeBytes > inode.attributes().sizeBytes()) {
            Transfers.checkSize(task, sizeBytes, limit);
        }
    }

    private static void tell(Task task, Place place) {
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.notifier().isActive()) {
            vfs.tell(place, InotifyFlags.IN_MODIFY);
        }
    }

    @Syscall(nr = 285, name = "fallocate")
    public long fallocate(Task task, int fd, int mode, long offset, long lengthBytes) {
        FileDescription file = Args.file(task, fd);
        try {
            if (offset < 0 || lengthBytes <= 0) {
                throw Errno.EINVAL.exception();
            }
            checkMode(mode);
            if (!file.isWritable()) {
                throw Errno.EBADF.exception();
            }
            boolean keeps = (mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) == 0;
            if (FileFlags.isImmutable(file.inode())
                    || !keeps && FileFlags.isAppendOnly(file.inode())) {
                throw Errno.EPERM.exception();
            }
            checkType(file.inode().mode());
            if (offset > Long.MAX_VALUE - lengthBytes) {
                throw Errno.EFBIG.exception();
            }
            if (!file.allocates(mode)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            if ((mode & FallocateFlags.FALLOC_FL_PUNCH_HOLE) == 0) {
                // Also if the size is kept: shmem_fallocate().
                limit(task, file.inode(), offset + lengthBytes);
            }
            file.allocate(task, mode, offset, lengthBytes);
            SetId.drop(task, file.inode());
            tell(task, SandboxVfs.of(task).placeOf(file));
            return 0;
        } finally {
            file.release();
        }
    }

    /** EOPNOTSUPP: modes exclude each other, KEEP_SIZE goes with some of them: vfs_fallocate(). */
    private static void checkMode(int mode) {
        boolean keeps = (mode & FallocateFlags.FALLOC_FL_KEEP_SIZE) != 0;
        boolean fits =
                switch (mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) {
                    case FallocateFlags.FALLOC_FL_ALLOCATE_RANGE,
                            FallocateFlags.FALLOC_FL_UNSHARE_RANGE,
                            FallocateFlags.FALLOC_FL_ZERO_RANGE ->
                            true;
                    case FallocateFlags.FALLOC_FL_PUNCH_HOLE -> keeps;
                    case FallocateFlags.FALLOC_FL_COLLAPSE_RANGE,
                            FallocateFlags.FALLOC_FL_INSERT_RANGE,
                            FallocateFlags.FALLOC_FL_WRITE_ZEROES ->
                            !keeps;
                    default -> false;
                };
        if (!fits) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    private static void checkType(int mode) {
        switch (mode & FileMode.S_IFMT) {
            case FileMode.S_IFREG -> {
                // The only type that has room to allocate.
            }
            case FileMode.S_IFIFO -> throw Errno.ESPIPE.exception();
            case FileMode.S_IFDIR -> throw Errno.EISDIR.exception();
            default -> throw Errno.ENODEV.exception();
        }
    }
}
