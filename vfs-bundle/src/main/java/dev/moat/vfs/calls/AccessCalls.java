package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.CredentialDraft;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.DeviceChecks;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Opener;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.Walker;

/** {@code access(2)}, {@code faccessat(2)}. */
public final class AccessCalls {
    @Syscall(nr = 21, name = "access")
    public long access(Task task, long path, int mode) {
        return faccessat2(task, At.AT_FDCWD, path, mode, 0);
    }

    @Syscall(nr = 269, name = "faccessat")
    public long faccessat(Task task, int dirfd, long path, int mode) {
        return faccessat2(task, dirfd, path, mode, 0);
    }

    @Syscall(nr = 439, name = "faccessat2")
    public long faccessat2(Task task, int dirfd, long pathAddr, int mode, int flags) {
        if ((mode & ~7) != 0) {
            throw Errno.EINVAL.exception();
        }
        Args.checkFlags(flags, At.AT_EACCESS | At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH);
        String path = Args.path(task, pathAddr);
        Credentials who =
                (flags & At.AT_EACCESS) != 0 ? task.credentials() : real(task.credentials());
        Place place;
        if (path.isEmpty() && (flags & At.AT_EMPTY_PATH) != 0) {
            place = Args.require(task, dirfd, path, true, true);
        } else {
            Walker walker =
                    new Walker(
                            task,
                            who,
                            Place.of(task.fs().root()),
                            Args.start(task, dirfd, path),
                            0);
            Place found = walker.find(path, (flags & At.AT_SYMLINK_NOFOLLOW) == 0);
            if (found == null) {
                return Errno.ENOENT.negated();
            }
            place = found;
        }
        return check(task, who, place, mode);
    }

    private static long check(Task task, Credentials caller, Place place, int mode) {
        Credentials who = place.viewer(caller);
        Inode inode = place.inode();
        boolean regular = FileMode.S_ISREG(inode.mode());
        if (mode == FileMode.F_OK) {
            DeviceChecks.check(task, inode, 0);
            return 0;
        }
        if ((mode & FileMode.X_OK) != 0 && regular && !Opener.isExecutable(place)) {
            return Errno.EACCES.negated();
        }
        if ((mode & FileMode.W_OK) != 0 && FileFlags.isImmutable(inode)) {
            return Errno.EPERM.negated();
        }
        if (!Permissions.isPermitted(who, inode, mode | Inode.MAY_ACCESS)) {
            return Errno.EACCES.negated();
        }
        DeviceChecks.check(task, inode, mode);
        if ((mode & FileMode.W_OK) != 0 && (regular || FileMode.S_ISDIR(inode.mode()))) {
            Names.checkWritable(place);
        }
        return 0;
    }

    /** The same with real ids: who the user is without the set-id program. */
    private static Credentials real(Credentials of) {
        if (of.uid() == of.fsUid() && of.gid() == of.fsGid()) {
            return of;
        }
        CapabilitySets sets = of.capabilities();
        long effective = of.uid() == of.space().meantUid(0) ? sets.permitted() : 0;
        CredentialDraft draft = new CredentialDraft(of);
        draft.fsUid = of.uid();
        draft.fsGid = of.gid();
        draft.capabilities = sets.withEffective(effective & Capabilities.ALL);
        return draft.finish();
    }
}
