package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;

/** The nameless inode behind a pidfd. */
@Stateful
final class PidInode extends Inode {
    /** All for the owner, no type: as fs/pidfs.c makes its inodes. */
    private static final int MODE = 0700;

    private static final int BLOCK_BYTES = 4096;

    @Override
    public Filesystem filesystem() {
        throw Errno.ENODEV.exception();
    }

    @Override
    public long number() {
        return 1;
    }

    @Override
    public int mode() {
        return MODE;
    }

    @Override
    public int uid() {
        return 0;
    }

    @Override
    public int gid() {
        return 0;
    }

    @Override
    public Attributes attributes() {
        return new Attributes(0, 1, MODE, 1, 0, 0, 0, 0, BLOCK_BYTES, 0, 0, 0, 0, Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        throw Errno.EPERM.exception();
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
