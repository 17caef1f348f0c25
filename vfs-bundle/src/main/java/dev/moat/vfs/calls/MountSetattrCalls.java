package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MountAttr;
import dev.moat.api.namespace.NamespaceHolder;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserSpace;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.MountChange;
import dev.moat.vfs.MountChange.MapChange;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/** {@code mount_setattr(2)}, {@code open_tree_attr(2)}: fs/namespace.c. */
public final class MountSetattrCalls {
    private static final long PROPAGATION = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

    @Syscall(nr = 442, name = "mount_setattr")
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
        MountChange change = change(task, wanted, false);
        boolean follow = (flags & At.AT_SYMLINK_NOFOLLOW) == 0;
        boolean emptyPath = (flags & At.AT_EMPTY_PATH) != 0;
        Place at = Args.require(task, dirfd, Args.path(task, pathAddr), follow, emptyPath);
        SandboxVfs.of(task).mounter().change(task, at, change, (flags & At.AT_RECURSIVE) != 0);
        return 0;
    }

    @Syscall(nr = 467, name = "open_tree_attr")
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
                MountChange change = change(task, wanted, (flags & OPEN_TREE_CLONE) != 0);
                boolean recursive = (flags & At.AT_RECURSIVE) != 0;
                SandboxVfs.of(task).mounter().change(task, at, change, recursive);
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

    /**
     * What a {@code struct mount_attr} asks for, checked: build_mount_kattr().
     *
     * @param unseen whether it is for a fresh copy, whose map may be exchanged
     */
    private static MountChange change(Task task, MountAttr wanted, boolean unseen) {
        if ((wanted.propagation() & ~PROPAGATION) != 0
                || Long.bitCount(wanted.propagation()) > 1
                || ((wanted.set() | wanted.clear()) & ~MountAttributes.SETTABLE) != 0) {
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
        return new MountChange(set, clear, (int) wanted.propagation(), map(task, wanted, unseen));
    }

    /**
     * The map of ids: build_mount_idmapped().
     *
     * @throws ErrnoException EINVAL: it cannot be taken away, no user namespace, one without maps;
     *     EBADF; EPERM: the first one, or one that the task does not rule
     */
    private static MapChange map(Task task, MountAttr wanted, boolean unseen) {
        boolean set = (wanted.set() & MOUNT_ATTR_IDMAP) != 0;
        boolean clear = (wanted.clear() & MOUNT_ATTR_IDMAP) != 0;
        if (clear && !unseen) {
            throw Errno.EINVAL.exception();
        }
        if (!set) {
            return clear ? new MapChange.Remove() : new MapChange.None();
        }
        long fd = wanted.userNamespaceFd();
        if (fd < 0 || fd > Integer.MAX_VALUE) {
            throw Errno.EINVAL.exception();
        }
        UserView space = userSpace(task, (int) fd);
        if (space.level() == 0 || !task.credentials().canIn(space, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        if (space.maps().extents(false).isEmpty() || space.maps().extents(true).isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return new MapChange.Give(space, unseen);
    }

    private static UserView userSpace(Task task, int fd) {
        FileDescription file = Args.file(task, fd);
        try {
            if (file instanceof NamespaceHolder holder
                    && holder.namespace().kind() == NamespaceKind.USER) {
                return UserSpace.of(holder.namespace());
            }
            throw Errno.EINVAL.exception();
        } finally {
            file.release();
        }
    }

    private static MountAttr read(Task task, long userAddr, long sizeBytes) {
        Args.checkStructSize(sizeBytes, MOUNT_ATTR_SIZE_VER0);
        return MountAttr.readFrom(Args.struct(task, userAddr, (int) sizeBytes, MountAttr.SIZE), 0);
    }
}
