package dev.moat.net;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;

/** sockfs: where open sockets have their inodes. It cannot be mounted. */
@Stateful
final class SocketFilesystem implements Filesystem, FilesystemType {
    private static final long DEVICE = 8;

    @Override
    public FilesystemType type() {
        return this;
    }

    @Override
    public String name() {
        return "sockfs";
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
        throw Errno.EINVAL.exception();
    }

    @Override
    public long deviceId() {
        return DEVICE;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(FsMagic.SOCKFS_MAGIC, 4096, 0, 0, 0, 0, 0, 0, 255, 4096, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }
}
