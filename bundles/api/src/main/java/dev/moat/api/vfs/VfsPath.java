package dev.moat.api.vfs;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A place in the tree of mounts (Linux {@code struct path}: mount and dentry). Immutable handle.
 */
@ProviderType
public interface VfsPath {
    Inode inode();

    /** Last component, "/" for a root. */
    String name();

    MountInfo mount();

    /**
     * Somebody uses it, until {@link #release}: umount(2) of what it is on says EBUSY. No locks.
     */
    default void retain() {}

    default void release() {}
}
