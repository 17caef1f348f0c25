package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.Statfs;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;

/** A layer for tests: everything in maps. */
final class LayerFilesystem implements Filesystem, FilesystemType {
    private final LayerInode root = new LayerInode(this, 0040755, new Inode.Owner(0, 0));
    private long numbers = 100;

    long nextNumber() {
        return numbers++;
    }

    @Override
    public LayerInode root() {
        return root;
    }

    @Override
    public FilesystemType type() {
        return this;
    }

    @Override
    public String name() {
        return "layer";
    }

    @Override
    public Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public void close(Filesystem filesystem) {}

    @Override
    public long deviceId() {
        return 7;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(1, 4096, 10, 5, 5, 10, 5, 0, 255, 4096, 0);
    }

    @Override
    public void sync() {}
}
