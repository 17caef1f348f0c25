package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MountAttr;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/** {@code mount_setattr(2)}, {@code open_tree_attr(2)}: fs/namespace.c. */
public final class MountSetattrCalls {
    private static final long PROPAGATION = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

    @Syscall(
            nr = 442,
            name = "mount_setattr",
            support = Support.PARTIAL,
            note = "no idmapped mounts: MOUNT_ATTR_IDMAP gives EINVAL")
    public long mountSetattr(
            Task task, int dirfd, long pathAddr, int flags, long attributesAddr, long sizeBytes) {
        Args.checkFlags(
                flags,
                At.AT_EMPTY_PATH | At.AT_RECURSIVE | At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT);
        MountAttr wanted = read(task, attributesAddr, sizeBytes);
        FsopenCalls.checkAdmin(task);
        if (isNothing(wanted)) {
            return 0;
        }
        Change change = change(wanted);
        boolean follow = (flags & At.AT_SYMLINK_NOFOLLOW) == 0;
        boolean emptyPath = (flags & At.AT_EMPTY_PATH) != 0;
        Place at = Args.require(task, dirfd, Args.path(task, pathAddr), follow, emptyPath);
        change.apply(task, at, (flags & At.AT_RECURSIVE) != 0);
        return 0;
    }

    @Syscall(
            nr = 467,
            name = "open_tree_attr",
            support = Support.PARTIAL,
            note = "as mount_setattr")
    public long openTreeAttr(
            Task task, int dirfd, long pathAddr, int flags, long attributesAddr, long sizeBytes) {
        if (attributesAddr == 0) {
            if (sizeBytes != 0) {
                throw Errno.EINVAL.exception();
            }
            return MoveMountCalls.install(
                    task, MoveMountCalls.open(task, dirfd, pathAddr, flags), flags);
        }
        FileDescription file = MoveMountCalls.open(task, dirfd, pathAddr, flags);
        try {
            MountAttr wanted = read(task, attributesAddr, sizeBytes);
            FsopenCalls.checkAdmin(task);
            if (!isNothing(wanted)) {
                Place at = SandboxVfs.of(task).placeOf(file);
                change(wanted).apply(task, at, (flags & At.AT_RECURSIVE) != 0);
            }
        } catch (ErrnoException e) {
            file.release();
            throw e;
        }
        return MoveMountCalls.install(task, file, flags);
    }

    private static boolean isNothing(MountAttr wanted) {
        return wanted.set() == 0 && wanted.clear() == 0 && wanted.propagation() == 0;
    }

    /** What a {@code struct mount_attr} asks for, checked: MS_* and a type of propagation. */
    private record Change(long set, long clear, int propagation) {
        void apply(Task task, Place at, boolean recursive) {
            SandboxVfs.of(task).mounter().change(task, at, set, clear, propagation, recursive);
        }
    }

    /** EINVAL for what does not go together: build_mount_kattr(). */
    private static Change change(MountAttr wanted) {
        if ((wanted.propagation() & ~PROPAGATION) != 0
                || Long.bitCount(wanted.propagation()) > 1
                || ((wanted.set() | wanted.clear()) & ~MountAttributes.KNOWN) != 0) {
            throw Errno.EINVAL.exception();
        }
        long set = MountAttributes.simple(wanted.set());
        long clear = MountAttributes.simple(wanted.clear());
        if ((wanted.clear() & MOUNT_ATTR__ATIME) != 0) {
            if ((wanted.clear() & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME) {
                throw Errno.EINVAL.exception();
            }
            set |= MountAttributes.times(wanted.set());
            clear |= MountAttributes.ALL_TIMES;
        } else if ((wanted.set() & MOUNT_ATTR__ATIME) != 0) {
            throw Errno.EINVAL.exception();
        }
        return new Change(set, clear, (int) wanted.propagation());
    }

    private static MountAttr read(Task task, long userAddr, long sizeBytes) {
        Args.checkStructSize(sizeBytes, MOUNT_ATTR_SIZE_VER0);
        return MountAttr.readFrom(Args.struct(task, userAddr, (int) sizeBytes, MountAttr.SIZE), 0);
    }
}
