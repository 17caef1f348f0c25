package dev.moat.fs.dev;

import dev.moat.api.swap.Stateful;
import dev.moat.fs.dev.inode.MemoryInode;

/** What all inodes of a {@code devtmpfs} have in common. */
@Stateful
abstract class DevInode extends MemoryInode {
    private final DevFilesystem filesystem;

    DevInode(DevFilesystem filesystem, int mode, Owner owner) {
        super(filesystem.sandbox().clock(), filesystem.nextInodeNumber(), mode, owner);
        this.filesystem = filesystem;
    }

    @Override
    public final DevFilesystem filesystem() {
        return filesystem;
    }
}
