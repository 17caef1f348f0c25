package dev.moat.vfs.calls;

import static dev.moat.abi.QuotaConstants.*;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.IfDqinfo;
import dev.moat.abi.IfNextdqblk;
import dev.moat.abi.MountFlags;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DiskQuotas;
import dev.moat.api.vfs.DiskQuotas.Kind;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Names;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/** {@code quotactl(2)}: fs/quota/quota.c. */
public final class QuotaCalls {
    private static final int KINDS = 3;

    @Syscall(
            nr = 179,
            name = "quotactl",
            support = Support.PARTIAL,
            note = "No file system lies on a block device: ENOTBLK, ENODEV. See quotactl_fd.")
    public long quotactl(Task task, int command, long special, int id, long userAddr) {
        int kind = command & SUBCMDMASK;
        if (kind >= KINDS) {
            throw Errno.EINVAL.exception();
        }
        if (special == 0) {
            if (command >>> SUBCMDSHIFT == Q_SYNC) {
                return 0;
            }
            throw Errno.ENODEV.exception();
        }
        Place place = Args.require(task, At.AT_FDCWD, Args.path(task, special), true, false);
        if (!FileMode.S_ISBLK(place.inode().mode())) {
            throw Errno.ENOTBLK.exception();
        }
        throw ((place.mount().flags() & MountFlags.MS_NODEV) != 0 ? Errno.EACCES : Errno.ENODEV)
                .exception();
    }

    @Syscall(
            nr = 443,
            name = "quotactl_fd",
            support = Support.PARTIAL,
            note = "On tmpfs; commands of XFS (Q_X*) give EINVAL.")
    public long quotactlFd(Task task, int fd, int command, int id, long userAddr) {
        FileDescription file = task.files().acquire(fd);
        try {
            int kind = command & SUBCMDMASK;
            int wanted = command >>> SUBCMDSHIFT;
            if (kind >= KINDS) {
                throw Errno.EINVAL.exception();
            }
            if (changes(wanted)) {
                Names.checkWritable(SandboxVfs.of(task).placeOf(file));
            }
            DiskQuotas quotas =
                    file.inode().filesystem().quotas().orElseThrow(() -> Errno.ENOSYS.exception());
            if (kind > GRPQUOTA) {
                throw Errno.EINVAL.exception();
            }
            Kind whose = kind == USRQUOTA ? Kind.USER : Kind.GROUP;
            checkPermission(task.credentials(), whose, wanted, id);
            return run(task, quotas, whose, wanted, id, userAddr);
        } finally {
            file.release();
        }
    }

    private static boolean changes(int command) {
        return switch (command) {
            case Q_GETFMT, Q_GETINFO, Q_SYNC, Q_GETQUOTA, Q_GETNEXTQUOTA -> false;
            default -> true;
        };
    }

    private static void checkPermission(Credentials own, Kind kind, int command, int id) {
        boolean free =
                switch (command) {
                    case Q_GETFMT, Q_SYNC, Q_GETINFO -> true;
                    case Q_GETQUOTA ->
                            kind == Kind.USER
                                    ? own.effectiveUid() == own.space().meantUid(id)
                                    : isInEffectiveGroup(own, own.space().meantGid(id));
                    default -> false;
                };
        if (!free && !own.can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    private static boolean isInEffectiveGroup(Credentials own, int gid) {
        boolean listed = false;
        for (int group : own.groups()) {
            listed |= group == gid;
        }
        return listed || own.effectiveGid() == gid;
    }

    private static long run(
            Task task, DiskQuotas quotas, Kind kind, int command, int id, long userAddr) {
        switch (command) {
            case Q_SYNC -> {}
            case Q_QUOTAON -> quotas.enforce(kind, true);
            case Q_QUOTAOFF -> quotas.enforce(kind, false);
            case Q_GETFMT -> {
                checkCounted(quotas, kind);
                task.user().writeInt(userAddr, quotas.format());
            }
            case Q_GETINFO -> {
                MemorySegment struct = MemorySegment.ofArray(new byte[(int) IfDqinfo.SIZE]);
                quotas.info(kind).writeTo(struct, 0);
                task.user().copyOut(userAddr, struct, 0, IfDqinfo.SIZE);
            }
            case Q_SETINFO -> setInfo(task, quotas, kind, userAddr);
            case Q_GETQUOTA -> {
                IfNextdqblk found = quotas.quota(kind, meant(task, kind, id));
                give(task, found, 0, userAddr);
            }
            case Q_GETNEXTQUOTA -> {
                OptionalInt next = quotas.next(kind, meant(task, kind, id));
                if (next.isEmpty()) {
                    throw Errno.ENOENT.exception();
                }
                IfNextdqblk found = quotas.quota(kind, next.getAsInt());
                give(task, found, idOf(task, kind, next.getAsInt()), userAddr);
            }
            case Q_SETQUOTA -> {
                byte[] given = task.user().copyIn(userAddr, (int) IfNextdqblk.SIZE);
                IfNextdqblk wanted = IfNextdqblk.readFrom(MemorySegment.ofArray(given), 0);
                quotas.set(kind, meant(task, kind, id), wanted);
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void checkCounted(DiskQuotas quotas, Kind kind) {
        if (!quotas.counts(kind)) {
            throw Errno.ESRCH.exception();
        }
    }

    private static void setInfo(Task task, DiskQuotas quotas, Kind kind, long userAddr) {
        byte[] given = task.user().copyIn(userAddr, (int) IfDqinfo.SIZE);
        IfDqinfo wanted = IfDqinfo.readFrom(MemorySegment.ofArray(given), 0);
        boolean strange =
                (wanted.valid() & ~IIF_ALL) != 0
                        || (wanted.valid() & IIF_FLAGS) != 0
                                && (wanted.flags() & ~DQF_ROOT_SQUASH) != 0;
        if (strange) {
            throw Errno.EINVAL.exception();
        }
        quotas.setInfo(kind, wanted);
    }

    /** EINVAL for an id that means nobody in the caller's user namespace. */
    private static int meant(Task task, Kind kind, int id) {
        UserView space = task.credentials().space();
        int meant = kind == Kind.USER ? space.meantUid(id) : space.meantGid(id);
        if (meant == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        return meant;
    }

    private static int idOf(Task task, Kind kind, int id) {
        UserView space = task.credentials().space();
        return kind == Kind.USER ? space.findUid(id) : space.findGid(id);
    }

    /**
     * @param id in the four bytes that are padding of {@code struct if_dqblk}
     */
    private static void give(Task task, IfNextdqblk found, int id, long userAddr) {
        MemorySegment struct = MemorySegment.ofArray(new byte[(int) IfNextdqblk.SIZE]);
        new IfNextdqblk(
                        found.spaceHardLimit(),
                        found.spaceSoftLimit(),
                        found.usedBytes(),
                        found.inodeHardLimit(),
                        found.inodeSoftLimit(),
                        found.usedInodes(),
                        found.spaceDeadline(),
                        found.inodeDeadline(),
                        found.valid(),
                        id)
                .writeTo(struct, 0);
        task.user().copyOut(userAddr, struct, 0, IfNextdqblk.SIZE);
    }
}
