package dev.moat.fs.tmpfs;

import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;

/** When reading through an open file moves its access time: mount(2), atime_needs_update(). */
final class AccessTime {
    private static final long NEVER = MountFlags.MS_NOATIME | MountFlags.MS_RDONLY;

    private AccessTime() {}

    /** A file was read. Cheap: asked at every read. */
    static void fileRead(TmpfsInode inode, FileDescription file) {
        read(inode, file, NEVER);
    }

    /** A directory was listed. */
    static void directoryRead(TmpfsInode inode, FileDescription file) {
        read(inode, file, NEVER | MountFlags.MS_NODIRATIME);
    }

    private static void read(TmpfsInode inode, FileDescription file, long never) {
        VfsPath path = file.path();
        long flags = path == null ? 0 : path.mount().flags();
        boolean wanted =
                (flags & MountFlags.MS_STRICTATIME) != 0 ? inode.keepsAtime() : inode.wantsAtime();
        if (wanted && (flags & never) == 0 && (file.flags() & OpenFlags.O_NOATIME) == 0) {
            inode.touchAccess();
        }
    }
}
