package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.Statfs;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;

/** anon_inodefs: where rings have their inode. It cannot be mounted. */
@Stateful
final class RingFilesystem implements Filesystem, FilesystemType {
    /** Below those that the VFS gives to what is mounted. */
    private static final long DEVICE = 14;

    private final Inode root = new RingInode(this);

    @Override
    public FilesystemType type() {
        return this;
    }

    @Override
    public String name() {
        return "anon_inodefs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public void close(Filesystem filesystem) {
        // It is never opened.
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return DEVICE;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                FsMagic.ANON_INODE_FS_MAGIC, 4096, 0, 0, 0, 0, 0, 0, Limits.NAME_MAX, 4096, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }
}
