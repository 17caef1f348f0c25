package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Inode;

/** What all inodes of {@code sysfs} have in common: they belong to root and do not change. */
@Stateful
abstract class SysInode extends Inode {
    private static final int BLOCK_BYTES = 4096;

    private final SysFilesystem filesystem;
    private final int mode;
    private final long number;

    SysInode(SysFilesystem filesystem, int mode) {
        this.filesystem = filesystem;
        this.mode = mode;
        this.number = filesystem.nextInodeNumber();
    }

    @Override
    public final SysFilesystem filesystem() {
        return filesystem;
    }

    @Override
    public final long number() {
        return number;
    }

    @Override
    public final int mode() {
        return mode;
    }

    @Override
    public final int uid() {
        return 0;
    }

    @Override
    public final int gid() {
        return 0;
    }

    @Override
    public final Attributes attributes() {
        long time = filesystem.createdNs();
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                links(),
                0,
                0,
                0,
                sizeBytes(),
                BLOCK_BYTES,
                0,
                time,
                time,
                time,
                Long.MIN_VALUE);
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        throw Errno.EPERM.exception();
    }

    int links() {
        return 1;
    }

    abstract long sizeBytes();
}
