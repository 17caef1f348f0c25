package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;

/** nsfs: where namespaces have their inodes. It cannot be mounted. */
@Stateful
final class NamespaceFilesystem implements Filesystem, FilesystemType {
    private static final String PART = "nsfs.inode";
    private static final long DEVICE = 4;

    /** The one inode of a namespace. */
    Inode inodeOf(Namespace namespace) {
        return (Inode) namespace.part(PART, () -> new NamespaceInode(this, namespace));
    }

    @Override
    public FilesystemType type() {
        return this;
    }

    @Override
    public String name() {
        return "nsfs";
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
        return new Statfs(FsMagic.NSFS_MAGIC, 4096, 0, 0, 0, 0, 0, 0, 255, 4096, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }

    @Override
    public boolean opensDirect() {
        return false;
    }
}
