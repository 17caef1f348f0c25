package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.Statx;
import dev.moat.abi.StatxFlags;
import dev.moat.abi.StatxTimestamp;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Attributes;
import dev.moat.vfs.Place;
import java.lang.foreign.MemorySegment;

/** {@code statx(2)}. */
public final class StatxCalls {
    private static final int KNOWN =
            At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT | At.AT_EMPTY_PATH | At.AT_STATX_SYNC_TYPE;

    private static final long FILE_FLAGS =
            StatxFlags.STATX_ATTR_IMMUTABLE
                    | StatxFlags.STATX_ATTR_APPEND
                    | StatxFlags.STATX_ATTR_NODUMP;

    @Syscall(nr = 332, name = "statx")
    public long statx(Task task, int dirfd, long path, int flags, int mask, long result) {
        Args.checkFlags(flags, KNOWN);
        if ((mask & StatxFlags.STATX__RESERVED) != 0
                || (flags & At.AT_STATX_SYNC_TYPE) == At.AT_STATX_SYNC_TYPE) {
            throw Errno.EINVAL.exception();
        }
        boolean none = path == 0 && (flags & At.AT_EMPTY_PATH) != 0;
        Place place =
                Args.find(
                        task,
                        dirfd,
                        none ? "" : Args.path(task, path),
                        (flags & At.AT_SYMLINK_NOFOLLOW) == 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        if (place == null) {
            return Errno.ENOENT.negated();
        }
        byte[] bytes = new byte[(int) Statx.SIZE];
        of(task, place, mask).writeTo(MemorySegment.ofArray(bytes), 0);
        task.user().copyOut(result, bytes);
        return 0;
    }

    private static Statx of(Task task, Place place, int mask) {
        Attributes of = place.inode().attributes();
        Credentials viewer = place.viewer(task.credentials());
        boolean birth = of.btimeNs() != Long.MIN_VALUE;
        // The bits of chattr(1) that statx(2) knows have the same values there.
        long shown = place.inode().keptFileFlags() & FILE_FLAGS;
        boolean unique = (mask & StatxFlags.STATX_MNT_ID_UNIQUE) != 0;
        return new Statx(
                StatxFlags.STATX_BASIC_STATS
                        | (unique ? StatxFlags.STATX_MNT_ID_UNIQUE : StatxFlags.STATX_MNT_ID)
                        | (birth ? StatxFlags.STATX_BTIME : 0),
                of.blockSizeBytes(),
                place.inode().fileFlags() & shown
                        | (place.isMountRoot() ? StatxFlags.STATX_ATTR_MOUNT_ROOT : 0),
                (int) of.links(),
                viewer.seenUid(of.uid()),
                viewer.seenGid(of.gid()),
                of.mode(),
                of.inode(),
                of.sizeBytes(),
                of.blocks(),
                StatxFlags.STATX_ATTR_MOUNT_ROOT | shown,
                time(of.atimeNs()),
                time(birth ? of.btimeNs() : 0),
                time(of.ctimeNs()),
                time(of.mtimeNs()),
                DeviceNumbers.major(of.rdev()),
                DeviceNumbers.minor(of.rdev()),
                DeviceNumbers.major(of.device()),
                DeviceNumbers.minor(of.device()),
                unique ? place.mount().uniqueId() : place.mount().id(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    private static StatxTimestamp time(long ns) {
        Timespec time = Timespec.ofNanos(ns);
        return new StatxTimestamp(time.seconds(), (int) time.nanoseconds());
    }
}
