package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.MountAttr;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;

/** {@code mount_setattr(2)}: fs/namespace.c. */
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
        if (wanted.set() == 0 && wanted.clear() == 0 && wanted.propagation() == 0) {
            return 0;
        }
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
        boolean follow = (flags & At.AT_SYMLINK_NOFOLLOW) == 0;
        boolean emptyPath = (flags & At.AT_EMPTY_PATH) != 0;
        Place at = Args.require(task, dirfd, Args.path(task, pathAddr), follow, emptyPath);
        SandboxVfs.of(task)
                .mounter()
                .change(
                        task,
                        at,
                        set,
                        clear,
                        (int) wanted.propagation(),
                        (flags & At.AT_RECURSIVE) != 0);
        return 0;
    }

    /** copy_struct_from_user: a larger struct must be zero behind what is known. */
    private static MountAttr read(Task task, long userAddr, long sizeBytes) {
        if (Long.compareUnsigned(sizeBytes, MemoryFlags.PAGE_SIZE) > 0) {
            throw Errno.E2BIG.exception();
        }
        if (sizeBytes < MOUNT_ATTR_SIZE_VER0) {
            throw Errno.EINVAL.exception();
        }
        byte[] given = task.user().copyIn(userAddr, (int) sizeBytes);
        for (int i = (int) MountAttr.SIZE; i < given.length; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        return MountAttr.readFrom(MemorySegment.ofArray(given), 0);
    }
}
