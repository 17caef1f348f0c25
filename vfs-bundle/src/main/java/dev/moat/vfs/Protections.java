package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.api.vfs.VfsSettings.Setting;

/**
 * What {@code fs.protected_symlinks} and its like forbid, so that nobody is led astray by what
 * others left in a directory that all may write to: proc_sys_fs(5), fs/namei.c.
 */
final class Protections {
    private static final int STICKY_FOR_ALL = FileMode.S_ISVTX | FileMode.S_IWOTH;

    private final VfsSettings settings;
    private final Credentials who;

    Protections(VfsSettings settings, Credentials who) {
        this.settings = settings;
        this.who = who;
    }

    /**
     * Before a link is followed that is the end of a path: may_follow_link().
     *
     * @throws dev.moat.abi.ErrnoException EACCES
     */
    void checkFollow(Inode directory, Inode link) {
        if (settings.get(Setting.PROTECTED_SYMLINKS) != 0
                && isForeign(directory, link)
                && (directory.mode() & STICKY_FOR_ALL) == STICKY_FOR_ALL) {
            throw Errno.EACCES.exception();
        }
    }

    /**
     * Before a file gets another name: may_linkat().
     *
     * @throws dev.moat.abi.ErrnoException EPERM; EOVERFLOW: the mount does not show its owner
     */
    void checkLink(Inode target) {
        Permissions.checkShown(who, target);
        if (settings.get(Setting.PROTECTED_HARDLINKS) != 0
                && !isSafe(target)
                && !Permissions.isOwner(who, target)) {
            throw Errno.EPERM.exception();
        }
    }

    /** safe_hardlink_source(). */
    private boolean isSafe(Inode target) {
        int mode = target.mode();
        int groupProgram = FileMode.S_ISGID | FileMode.S_IXGRP;
        return FileMode.S_ISREG(mode)
                && (mode & FileMode.S_ISUID) == 0
                && (mode & groupProgram) != groupProgram
                && Permissions.isPermitted(
                        who, target, Permissions.MAY_READ | Permissions.MAY_WRITE);
    }

    /**
     * Before O_CREAT opens what is there already: may_create_in_sticky().
     *
     * @throws dev.moat.abi.ErrnoException EACCES
     */
    void checkCreate(Inode directory, Inode found) {
        int in = directory.mode();
        if ((in & FileMode.S_ISVTX) == 0 || !isForeign(directory, found)) {
            return;
        }
        int strictness =
                switch (found.mode() & FileMode.S_IFMT) {
                    case FileMode.S_IFREG -> settings.get(Setting.PROTECTED_REGULAR);
                    case FileMode.S_IFIFO -> settings.get(Setting.PROTECTED_FIFOS);
                    // of other types those in directories for all are refused in any case
                    default -> 1;
                };
        if (strictness > 0 && (in & FileMode.S_IWOTH) != 0
                || strictness > 1 && (in & FileMode.S_IWGRP) != 0) {
            throw Errno.EACCES.exception();
        }
    }

    /** Whether a file is neither that of who asks nor of who owns the directory. */
    private boolean isForeign(Inode directory, Inode file) {
        return file.uid() != who.fsUid() && file.uid() != directory.uid();
    }
}
