package dev.moat.task.process;

import dev.moat.abi.FsMagic;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.UnmountableFilesystem;

/** nsfs: where namespaces have their inodes. */
@Stateful
final class NamespaceFilesystem implements UnmountableFilesystem {
    private static final String PART = "nsfs.inode";
    private static final long DEVICE = 4;

    /** The one inode of a namespace. */
    Inode inodeOf(Namespace namespace) {
        return (Inode) namespace.part(PART, () -> new NamespaceInode(this, namespace));
    }

    @Override
    public String name() {
        return "nsfs";
    }

    @Override
    public long magic() {
        return FsMagic.NSFS_MAGIC;
    }

    @Override
    public long deviceId() {
        return DEVICE;
    }

    @Override
    public boolean opensDirect() {
        return false;
    }
}
