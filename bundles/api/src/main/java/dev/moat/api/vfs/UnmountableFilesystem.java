package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.abi.Statfs;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Where inodes without a path are, and its own type: it shows in stat(2) and statfs(2), and cannot
 * be mounted (SB_NOUSER of Linux).
 */
@ConsumerType
public interface UnmountableFilesystem extends Filesystem, FilesystemType {
    /** As statfs(2) tells it. */
    long magic();

    @Override
    default FilesystemType type() {
        return this;
    }

    /** EINVAL. */
    @Override
    default Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    default void close(Filesystem filesystem) {
        // It is never opened.
    }

    /** EINVAL: no walk begins there. */
    @Override
    default Inode root() {
        throw Errno.EINVAL.exception();
    }

    @Override
    default Statfs statfs() {
        return new Statfs(magic(), 4096, 0, 0, 0, 0, 0, 0, Limits.NAME_MAX, 4096, 0);
    }

    @Override
    default void sync() {
        // Nothing is stored.
    }
}
