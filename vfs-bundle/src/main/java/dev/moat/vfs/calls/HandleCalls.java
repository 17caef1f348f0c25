package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.FileHandles;
import dev.moat.vfs.Opener;
import dev.moat.vfs.Place;

/**
 * {@code open_by_handle_at(2)}. Files of tmpfs and cgroup2 can be opened by their handle, those of
 * tmpfs as in Linux also without a name while somebody has them open; others only be told apart
 * (AT_HANDLE_FID).
 */
public final class HandleCalls {
    /** struct file_handle: length and type of the handle, which follows. */
    private static final int HEADER_BYTES = 8;

    /** The type of a handle that did not fit. */
    private static final int FILEID_INVALID = 0xff;

    private static final int USER_FLAGS = At.FILEID_IS_CONNECTABLE | At.FILEID_IS_DIR;

    @Syscall(
            nr = 303,
            name = "name_to_handle_at",
            support = Support.PARTIAL,
            note = "files of tmpfs and cgroup2; others, also pidfds, for AT_HANDLE_FID only")
    public long nameToHandleAt(
            Task task, int dirfd, long path, long handle, long mountId, int flags) {
        Args.checkFlags(
                flags,
                At.AT_SYMLINK_FOLLOW
                        | At.AT_EMPTY_PATH
                        | At.AT_HANDLE_FID
                        | At.AT_HANDLE_MNT_ID_UNIQUE
                        | At.AT_HANDLE_CONNECTABLE);
        boolean identifier = (flags & At.AT_HANDLE_FID) != 0;
        boolean connectable = (flags & At.AT_HANDLE_CONNECTABLE) != 0;
        if (identifier && connectable) {
            throw Errno.EINVAL.exception();
        }
        Place place =
                Args.require(
                        task,
                        dirfd,
                        Args.path(task, path),
                        (flags & At.AT_SYMLINK_FOLLOW) != 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        if (connectable || !identifier && !FileHandles.canOpen(place)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        int room = task.user().readInt(handle);
        if (Integer.compareUnsigned(room, At.MAX_HANDLE_SZ) > 0) {
            throw Errno.EINVAL.exception();
        }
        int size = FileHandles.sizeOf(place);
        boolean fits = room >= size;
        byte[] bytes = fits ? FileHandles.encode(place) : new byte[0];
        if ((flags & At.AT_HANDLE_MNT_ID_UNIQUE) != 0) {
            task.user().writeLong(mountId, place.mount().uniqueId());
        } else {
            task.user().writeInt(mountId, place.mount().id());
        }
        task.user().writeInt(handle, size);
        task.user().writeInt(handle + 4, fits ? FileHandles.typeOf(place) : FILEID_INVALID);
        if (!fits) {
            return Errno.EOVERFLOW.negated();
        }
        task.user().copyOut(handle + HEADER_BYTES, bytes);
        return 0;
    }

    @Syscall(
            nr = 304,
            name = "open_by_handle_at",
            support = Support.PARTIAL,
            note =
                    "files of tmpfs and cgroup2 that were asked for their handle; others, also pidfds, give ESTALE")
    public long openByHandleAt(Task task, int mountFd, long handle, int rawFlags) {
        FileDescription suspended = OpenCalls.takeSuspended(task);
        if (suspended != null) {
            return OpenCalls.awaitPeer(task, suspended, rawFlags);
        }
        int flags = rawFlags & OpenFlags.VALID_OPEN_FLAGS | OpenFlags.O_LARGEFILE;
        Place root = Args.itself(task, mountFd);
        int length = task.user().readInt(handle);
        int type = task.user().readInt(handle + 4);
        FileHandles.Check check = FileHandles.permit(task, root, flags);
        if (length == 0
                || Integer.compareUnsigned(length, At.MAX_HANDLE_SZ) > 0
                || (type & At.FILEID_USER_FLAGS_MASK & ~USER_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = task.user().copyIn(handle + HEADER_BYTES, length);
        if ((type & At.FILEID_IS_DIR) != 0) {
            check = FileHandles.Check.DIRECTORY_BELOW;
        } else if ((type & At.FILEID_IS_CONNECTABLE) != 0 && check == FileHandles.Check.NOTHING) {
            check = FileHandles.Check.BELOW;
        }
        Place place = FileHandles.decode(task, root, bytes, check);
        Opener.checkFlags(flags);
        return OpenCalls.openPlace(task, place, flags);
    }
}
