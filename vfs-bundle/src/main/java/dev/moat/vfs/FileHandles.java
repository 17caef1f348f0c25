package dev.moat.vfs;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Handles of files: inode number and device of the file system, in 12 bytes as those of a tmpfs in
 * Linux (mm/shmem.c); for cgroup2 the number alone (fs/kernfs/mount.c). Source: fs/fhandle.c,
 * fs/exportfs/expfs.c.
 */
public final class FileHandles {
    private static final int NUMBER_BYTES = 8;
    private static final int BYTES = 12;

    private FileHandles() {}

    /** Whether what a handle of this place says can be opened. */
    public static boolean canOpen(Place place) {
        return place.mount().tree().filesystem().hasHandles();
    }

    /** How long a handle of this place is. */
    public static int sizeOf(Place place) {
        return isNumber(place) ? NUMBER_BYTES : BYTES;
    }

    private static boolean isNumber(Place place) {
        return place.mount().tree().filesystem().hasNumbersAsHandles();
    }

    /** The type that a handle of this place has: FILEID_*. */
    public static int typeOf(Place place) {
        if (isNumber(place)) {
            return At.FILEID_KERNFS;
        }
        return canOpen(place) ? At.FILEID_INO32_GEN : At.FILEID_INO64_GEN;
    }

    /** The handle of what is at a place, which can be found by it from here on. */
    public static byte[] encode(Place place) {
        if (canOpen(place)) {
            place.mount().tree().noteHandle(place.dentry());
        }
        ByteBuffer words = ByteBuffer.allocate(sizeOf(place)).order(ByteOrder.LITTLE_ENDIAN);
        if (!isNumber(place)) {
            words.putInt(generation(place));
        }
        return words.putLong(place.inode().number()).array();
    }

    /** Tells the file systems of a sandbox apart. */
    private static int generation(Place place) {
        return (int) place.mount().tree().filesystem().deviceId();
    }

    /**
     * Checks that a task may open handles from {@code root}: may_decode_fh().
     *
     * @param flags O_*
     * @return what has to be checked of the file that is found
     */
    public static Check permit(Task task, Place root, int flags) {
        Credentials who = task.credentials();
        if (who.can(Capabilities.CAP_DAC_READ_SEARCH)) {
            return Check.NOTHING;
        }
        MountSpace space = root.mount().space();
        boolean permitted =
                (flags & OpenFlags.O_DIRECTORY) != 0
                        && space != null
                        && who.canIn(ownerOf(task, space), Capabilities.CAP_SYS_ADMIN)
                        && !SandboxVfs.of(task).mounter().hidesLocked(root)
                        && who.has(Capabilities.CAP_DAC_READ_SEARCH);
        if (!permitted) {
            throw Errno.EPERM.exception();
        }
        return Check.DIRECTORY_BELOW;
    }

    /** Only its own mount namespace can be a task's to rule. */
    static UserView ownerOf(Task task, MountSpace space) {
        return space == SandboxVfs.of(task).spaceOf(task)
                ? task.namespaces().get(NamespaceKind.MNT).owner()
                : UserView.First.INSTANCE;
    }

    /** What has to be true of a file found by its handle. */
    public enum Check {
        NOTHING,
        /** It is below the place from which the handle is opened. */
        BELOW,
        /** As above, and a directory. */
        DIRECTORY_BELOW
    }

    /** Where a handle leads: ESTALE. */
    public static Place decode(Task task, Place root, byte[] handle, Check check) {
        Dentry found = handle.length < sizeOf(root) ? null : find(root, handle);
        boolean wanted =
                found != null
                        && switch (check) {
                            case NOTHING -> true;
                            case BELOW -> isBelow(task, root, found);
                            case DIRECTORY_BELOW ->
                                    found.isDirectory() && isBelow(task, root, found);
                        };
        if (found == null || !wanted) {
            throw Errno.ESTALE.exception();
        }
        return new Place(root.mount(), found);
    }

    private static @Nullable Dentry find(Place root, byte[] handle) {
        ByteBuffer words = ByteBuffer.wrap(handle).order(ByteOrder.LITTLE_ENDIAN);
        HandleTable known = root.mount().tree().handles();
        if (known == null || !isNumber(root) && words.getInt() != generation(root)) {
            return null;
        }
        return known.find(words.getLong());
    }

    /** With owners on the way that the task can name: vfs_dentry_acceptable(). */
    private static boolean isBelow(Task task, Place root, Dentry found) {
        Credentials who = root.viewer(task.credentials());
        for (@Nullable Dentry at = found; at != null; at = at.parent()) {
            if (who.findUid(at.inode().uid()) == UserView.NONE
                    || who.findGid(at.inode().gid()) == UserView.NONE) {
                return false;
            }
            if (at == root.dentry()) {
                return true;
            }
        }
        return false;
    }
}
