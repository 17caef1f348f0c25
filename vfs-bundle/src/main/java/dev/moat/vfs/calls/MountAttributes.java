package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.Errno;

/** MOUNT_ATTR_* of the newer mount calls as MS_* of mount(2). */
final class MountAttributes {
    private static final long SIMPLE =
            MOUNT_ATTR_RDONLY
                    | MOUNT_ATTR_NOSUID
                    | MOUNT_ATTR_NODEV
                    | MOUNT_ATTR_NOEXEC
                    | MOUNT_ATTR_NODIRATIME
                    | MOUNT_ATTR_NOSYMFOLLOW;

    static final long KNOWN = SIMPLE | MOUNT_ATTR__ATIME;

    /** What mount_setattr(2) knows more. */
    static final long SETTABLE = KNOWN | MOUNT_ATTR_IDMAP;

    static final long ALL_TIMES = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

    private MountAttributes() {}

    /** Those without the choice of access times. */
    static long simple(long attributes) {
        long flags = 0;
        flags |= (attributes & MOUNT_ATTR_RDONLY) != 0 ? MS_RDONLY : 0;
        flags |= (attributes & MOUNT_ATTR_NOSUID) != 0 ? MS_NOSUID : 0;
        flags |= (attributes & MOUNT_ATTR_NODEV) != 0 ? MS_NODEV : 0;
        flags |= (attributes & MOUNT_ATTR_NOEXEC) != 0 ? MS_NOEXEC : 0;
        flags |= (attributes & MOUNT_ATTR_NODIRATIME) != 0 ? MS_NODIRATIME : 0;
        flags |= (attributes & MOUNT_ATTR_NOSYMFOLLOW) != 0 ? MS_NOSYMFOLLOW : 0;
        return flags;
    }

    /** The choice of access times: EINVAL for none of the three. */
    static long times(long attributes) {
        return switch ((int) (attributes & MOUNT_ATTR__ATIME)) {
            case MOUNT_ATTR_RELATIME -> MS_RELATIME;
            case MOUNT_ATTR_NOATIME -> MS_NOATIME;
            case MOUNT_ATTR_STRICTATIME -> MS_STRICTATIME;
            default -> throw Errno.EINVAL.exception();
        };
    }
}
