package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import org.jspecify.annotations.Nullable;

/**
 * Permission rules of path_resolution(7), capabilities(7) and inode(7), as fs/namei.c has them.
 * Checks throw EACCES or EPERM.
 */
public final class Permissions {
    public static final int MAY_EXEC = 1;
    public static final int MAY_WRITE = 2;
    public static final int MAY_READ = 4;

    private static final int RWX = 7;

    private Permissions() {}

    /**
     * Throws EACCES unless {@code credentials} may do all of {@code mask}, EPERM for writing to
     * what is immutable: inode_permission().
     */
    public static void check(Credentials credentials, Inode inode, int mask) {
        if ((mask & MAY_WRITE) != 0 && FileFlags.isImmutable(inode)) {
            throw Errno.EPERM.exception();
        }
        if (!isPermitted(credentials, inode, mask)) {
            throw Errno.EACCES.exception();
        }
    }

    /** Whether all of {@code mask} is permitted: generic_permission(). */
    public static boolean isPermitted(Credentials credentials, Inode inode, int mask) {
        if ((mask & MAY_WRITE) != 0 && !credentials.isShown(inode.uid(), inode.gid())) {
            return false;
        }
        return switch (inode.decide(credentials, mask)) {
            case PERMITTED -> true;
            case DENIED -> false;
            case BY_MODE ->
                    isGranted(credentials, inode, mask & RWX)
                            || isOverridden(credentials, inode, mask & RWX);
        };
    }

    /** What owners, access control list and mode give: acl_permission_check(). */
    private static boolean isGranted(Credentials credentials, Inode inode, int mask) {
        int mode = inode.mode();
        int granted;
        if (credentials.fsUid() == inode.uid()) {
            granted = mode >>> 6;
        } else if ((mode & 070) != 0 && !inode.acl(PosixAcl.Kind.ACCESS).isEmpty()) {
            return inode.acl(PosixAcl.Kind.ACCESS)
                    .permits(credentials, inode.uid(), inode.gid(), mask);
        } else if ((mode & 070) != (mode & 07) << 3 && credentials.isInGroup(inode.gid())) {
            granted = mode >>> 3;
        } else {
            granted = mode;
        }
        return (mask & ~granted) == 0;
    }

    private static boolean isOverridden(Credentials credentials, Inode inode, int mask) {
        int mode = inode.mode();
        if (!credentials.canOver(inode.uid(), inode.gid(), Capabilities.CAP_DAC_OVERRIDE)
                && !credentials.canOver(
                        inode.uid(), inode.gid(), Capabilities.CAP_DAC_READ_SEARCH)) {
            return false;
        }
        if (FileMode.S_ISDIR(mode)) {
            return (mask & MAY_WRITE) == 0 && credentials.has(Capabilities.CAP_DAC_READ_SEARCH)
                    || credentials.has(Capabilities.CAP_DAC_OVERRIDE);
        }
        if (mask == MAY_READ && credentials.has(Capabilities.CAP_DAC_READ_SEARCH)) {
            return true;
        }
        // Execution needs at least one execute bit, whoever asks.
        return ((mask & MAY_EXEC) == 0
                        || (mode & FileMode.S_IXUSR + FileMode.S_IXGRP + FileMode.S_IXOTH) != 0)
                && credentials.has(Capabilities.CAP_DAC_OVERRIDE);
    }

    /** Whether {@code credentials} own the inode or may act as if: inode_owner_or_capable(). */
    public static boolean isOwner(Credentials credentials, Inode inode) {
        return credentials.fsUid() == inode.uid()
                || credentials.canOver(inode.uid(), inode.gid(), Capabilities.CAP_FOWNER);
    }

    /** EOVERFLOW for a file whose owners the mount does not show. */
    public static void checkShown(Credentials credentials, Inode inode) {
        if (!credentials.isShown(inode.uid(), inode.gid())) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    public static void checkOwner(Credentials credentials, Inode inode) {
        if (!isOwner(credentials, inode)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * Whether a name may be added to {@code directory}: may_create().
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: the directory was removed; EOVERFLOW: the mount
     *     or the file system's user namespace has no name for the owner; EACCES, EROFS
     */
    static void checkAdd(Credentials credentials, Dentry directory) {
        if (directory.isDead()) {
            throw Errno.ENOENT.exception();
        }
        UserView space = directory.tree().owner();
        boolean storable =
                credentials.fsUid() != UserView.NONE && credentials.fsGid() != UserView.NONE;
        if (!storable
                || space.level() != 0
                        && (space.findUid(credentials.fsUid()) == UserView.NONE
                                || space.findGid(credentials.fsGid()) == UserView.NONE)) {
            throw Errno.EOVERFLOW.exception();
        }
        check(credentials, directory.inode(), MAY_WRITE | MAY_EXEC);
    }

    /**
     * Whether {@code victim} may be removed from {@code directory}: may_delete().
     *
     * @param wantDirectory whether it must be a directory; null if any type will do
     */
    static void checkRemove(
            Credentials credentials,
            Dentry directory,
            Dentry victim,
            @Nullable Boolean wantDirectory) {
        Inode parent = directory.inode();
        Inode inode = victim.inode();
        checkShown(credentials, inode);
        check(credentials, parent, MAY_WRITE | MAY_EXEC);
        FileFlags.checkNoAppend(parent);
        FileFlags.checkChange(inode);
        if ((parent.mode() & FileMode.S_ISVTX) != 0
                && credentials.fsUid() != inode.uid()
                && credentials.fsUid() != parent.uid()
                && !credentials.canOver(inode.uid(), inode.gid(), Capabilities.CAP_FOWNER)) {
            throw Errno.EPERM.exception();
        }
        if (wantDirectory != null) {
            boolean is = FileMode.S_ISDIR(inode.mode());
            if (wantDirectory && !is) {
                throw Errno.ENOTDIR.exception();
            }
            if (!wantDirectory && is) {
                throw Errno.EISDIR.exception();
            }
        }
        if (victim.isMountPoint()) {
            throw Errno.EBUSY.exception();
        }
    }
}
