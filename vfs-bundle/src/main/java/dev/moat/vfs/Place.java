package dev.moat.vfs;

import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsPath;

/** A dentry as seen through a mount. */
public record Place(Mount mount, Dentry dentry) implements VfsPath {
    /** The implementation behind an api path. */
    public static Place of(VfsPath path) {
        return (Place) path;
    }

    @Override
    public Inode inode() {
        return dentry.inode();
    }

    @Override
    public String name() {
        return dentry.name();
    }

    @Override
    public void retain() {
        mount.retain();
    }

    @Override
    public void release() {
        mount.release();
    }

    /** Who asks, as files here know him: what is compared with their owners. */
    public Credentials viewer(Credentials who) {
        return who.through(mount.idMap());
    }

    /** Whether a mount begins here. */
    public boolean isMountRoot() {
        return dentry == mount.root();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Place place && place.mount == mount && place.dentry == dentry;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(mount) * 31 + System.identityHashCode(dentry);
    }
}
