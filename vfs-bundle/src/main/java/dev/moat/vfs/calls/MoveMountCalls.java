package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Confinement;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/** {@code move_mount(2)}, {@code open_tree(2)}: fs/namespace.c. */
public final class MoveMountCalls {
    @Syscall(nr = 429, name = "move_mount")
    public long moveMount(Task task, int fromFd, long fromAddr, int toFd, long toAddr, int flags) {
        FsopenCalls.checkAdmin(task);
        Args.checkFlags(flags, MOVE_MOUNT__MASK | MOVE_MOUNT_BENEATH);
        boolean beneath = (flags & MOVE_MOUNT_BENEATH) != 0;
        boolean group = (flags & MOVE_MOUNT_SET_GROUP) != 0;
        if (beneath && group) {
            throw Errno.EINVAL.exception();
        }
        Place from =
                Args.require(
                        task,
                        fromFd,
                        Args.path(task, fromAddr),
                        (flags & MOVE_MOUNT_F_SYMLINKS) != 0,
                        (flags & MOVE_MOUNT_F_EMPTY_PATH) != 0);
        Place to =
                Args.require(
                        task,
                        toFd,
                        Args.path(task, toAddr),
                        (flags & MOVE_MOUNT_T_SYMLINKS) != 0,
                        (flags & MOVE_MOUNT_T_EMPTY_PATH) != 0);
        Confinement.checkMounting(task.credentials());
        if (group) {
            SandboxVfs.of(task).mounter().setGroup(task, from, to);
        } else if (beneath) {
            SandboxVfs.of(task).mounter().attachBeneath(task, from, to);
        } else {
            SandboxVfs.of(task).mounter().attachOrMove(task, from, to);
        }
        return 0;
    }

    @Syscall(nr = 428, name = "open_tree")
    public long openTree(Task task, int dirfd, long pathAddr, int flags) {
        return install(task, open(task, dirfd, pathAddr, flags), flags);
    }

    static long install(Task task, FileDescription file, int flags) {
        return task.files().install(task, file, (flags & OPEN_TREE_CLOEXEC) != 0);
    }

    /** What open_tree(2) opens: EINVAL, EPERM, those of a path. */
    static FileDescription open(Task task, int dirfd, long pathAddr, int flags) {
        Args.checkFlags(
                flags,
                At.AT_EMPTY_PATH
                        | At.AT_NO_AUTOMOUNT
                        | At.AT_RECURSIVE
                        | At.AT_SYMLINK_NOFOLLOW
                        | OPEN_TREE_CLONE
                        | OPEN_TREE_CLOEXEC);
        boolean clone = (flags & OPEN_TREE_CLONE) != 0;
        boolean recursive = (flags & At.AT_RECURSIVE) != 0;
        if (recursive && !clone) {
            throw Errno.EINVAL.exception();
        }
        if (clone) {
            FsopenCalls.checkAdmin(task);
        }
        boolean follow = (flags & At.AT_SYMLINK_NOFOLLOW) == 0;
        boolean emptyPath = (flags & At.AT_EMPTY_PATH) != 0;
        Place place = Args.require(task, dirfd, Args.path(task, pathAddr), follow, emptyPath);
        SandboxVfs vfs = SandboxVfs.of(task);
        return clone
                ? vfs.mounter().openCopy(task, place, recursive)
                : vfs.opener().openAt(task, place, OpenFlags.O_PATH);
    }
}
