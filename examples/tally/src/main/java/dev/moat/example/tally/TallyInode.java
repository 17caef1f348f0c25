package dev.moat.example.tally;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Inode;

/** What the directory and the files have in common: they belong to whoever made them. */
@Stateful
abstract class TallyInode extends Inode {
    private static final int BLOCK_BYTES = 4096;

    private final TallyFilesystem filesystem;
    private final int mode;
    private final Owner owner;
    private final long number;

    TallyInode(TallyFilesystem filesystem, int mode, Owner owner) {
        this.filesystem = filesystem;
        this.mode = mode;
        this.owner = owner;
        this.number = filesystem.nextInodeNumber();
    }

    @Override
    public final TallyFilesystem filesystem() {
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
        return owner.uid();
    }

    @Override
    public final int gid() {
        return owner.gid();
    }

    @Override
    public final Attributes attributes() {
        long time = filesystem.createdNs();
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                1,
                owner.uid(),
                owner.gid(),
                0,
                0,
                BLOCK_BYTES,
                0,
                time,
                time,
                time,
                Long.MIN_VALUE);
    }

    /** Times are not kept (a write sets them), owner and mode do not change: EPERM. */
    @Override
    public final void setAttributes(AttributeChange change) {
        if (change.permissions().isPresent()
                || change.uid().isPresent()
                || change.gid().isPresent()) {
            throw Errno.EPERM.exception();
        }
    }
}
