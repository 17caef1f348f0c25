package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.MountFlags;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.Confinement;
import dev.moat.vfs.Mounter;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/** {@code mount(2)}, {@code umount(2)}, {@code pivot_root(2)}. */
public final class MountCalls {
    private static final int PROPAGATION =
            MountFlags.MS_SHARED
                    | MountFlags.MS_PRIVATE
                    | MountFlags.MS_SLAVE
                    | MountFlags.MS_UNBINDABLE;

    @Syscall(
            nr = 165,
            name = "mount",
            support = Support.PARTIAL,
            note =
                    "MS_REMOUNT changes options of tmpfs, proc and devpts; those of others are checked and stay;"
                            + " no layers of overlay on idmapped mounts (EINVAL)")
    public long mount(Task task, long source, long target, long type, long rawFlags, long data) {
        String typeName = type == 0 ? "" : string(task, type);
        String from = source == 0 ? "" : string(task, source);
        String options = data == 0 ? "" : string(task, data);
        Place at = Args.require(task, At.AT_FDCWD, Args.path(task, target), true, false);
        checkChange(task);
        long flags =
                (rawFlags & MountFlags.MS_MGC_MSK) == (MountFlags.MS_MGC_VAL & 0xffffffffL)
                        ? rawFlags & 0xffff
                        : rawFlags;
        Mounter mounter = SandboxVfs.of(task).mounter();
        if ((flags & MountFlags.MS_REMOUNT) != 0) {
            mounter.remount(task, at, options, flags);
        } else if ((flags & MountFlags.MS_BIND) != 0) {
            Place bound = Args.require(task, At.AT_FDCWD, from, true, false);
            mounter.bind(task, bound, at, (flags & MountFlags.MS_REC) != 0);
        } else if ((flags & PROPAGATION) != 0) {
            int kind = (int) flags & PROPAGATION;
            int others = PROPAGATION | MountFlags.MS_REC | MountFlags.MS_SILENT;
            if (Integer.bitCount(kind) != 1 || (flags & ~others) != 0) {
                throw Errno.EINVAL.exception();
            }
            mounter.changePropagation(task, at, kind, (flags & MountFlags.MS_REC) != 0);
        } else if ((flags & MountFlags.MS_MOVE) != 0) {
            mounter.move(task, Args.require(task, At.AT_FDCWD, from, true, false), at);
        } else {
            mounter.mount(task, typeName, from, options, at, flags);
        }
        return 0;
    }

    private static String string(Task task, long userAddr) {
        return task.user().readString(userAddr, MemoryFlags.PAGE_SIZE);
    }

    private static void checkChange(Task task) {
        FsopenCalls.checkAdmin(task);
        Confinement.checkMounting(task.credentials());
    }

    @Syscall(nr = 166, name = "umount2")
    public long umount2(Task task, long target, int flags) {
        Args.checkFlags(
                flags,
                MountFlags.MNT_FORCE
                        | MountFlags.MNT_DETACH
                        | MountFlags.MNT_EXPIRE
                        | MountFlags.UMOUNT_NOFOLLOW);
        boolean follow = (flags & MountFlags.UMOUNT_NOFOLLOW) == 0;
        String path = Args.path(task, target);
        Place at = Args.walker(task, At.AT_FDCWD, path).findAsNoUse(path, follow);
        if (at == null) {
            throw Errno.ENOENT.exception();
        }
        Place top = SandboxVfs.topmost(at);
        if (!top.isMountRoot()) {
            throw Errno.EINVAL.exception();
        }
        checkChange(task);
        Mounter mounter = SandboxVfs.of(task).mounter();
        if ((flags & MountFlags.MNT_EXPIRE) != 0) {
            if ((flags & (MountFlags.MNT_FORCE | MountFlags.MNT_DETACH)) != 0) {
                throw Errno.EINVAL.exception();
            }
            mounter.expire(task, top);
        }
        mounter.unmount(task, top, (flags & MountFlags.MNT_DETACH) != 0);
        return 0;
    }

    @Syscall(nr = 155, name = "pivot_root")
    public long pivotRoot(Task task, long newRoot, long putOld) {
        FsopenCalls.checkAdmin(task);
        Place fresh = Args.require(task, At.AT_FDCWD, Args.path(task, newRoot), true, false);
        Place old = Args.require(task, At.AT_FDCWD, Args.path(task, putOld), true, false);
        Confinement.checkMounting(task.credentials());
        SandboxVfs.of(task).mounter().pivot(task, fresh, old);
        return 0;
    }
}
