package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;

/**
 * The inode behind a descriptor that no path leads to, such as a userfaultfd: root's, without type
 * and times, as fs/anon_inodes.c and fs/pidfs.c of Linux make theirs.
 */
@Stateful
public final class NamelessInode extends Inode {
    private static final int BLOCK_BYTES = 4096;

    private static final int OWNER_READS_AND_WRITES = 0600;

    private final NamelessFilesystem filesystem;
    private final long number;
    private final int mode;

    /**
     * @param number inode number
     * @param mode permissions
     */
    public NamelessInode(NamelessFilesystem filesystem, long number, int mode) {
        this.filesystem = filesystem;
        this.number = number;
        this.mode = mode;
    }

    /** One of those that are all alike: most anonymous files. */
    public static NamelessInode anonymous() {
        return new NamelessInode(NamelessFilesystem.ANONYMOUS, 1, OWNER_READS_AND_WRITES);
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public int mode() {
        return mode;
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
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                1,
                0,
                0,
                0,
                0,
                BLOCK_BYTES,
                0,
                0,
                0,
                0,
                Long.MIN_VALUE);
    }

    /** EOPNOTSUPP, as anon_inode_setattr() says. */
    @Override
    public void setAttributes(AttributeChange change) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** ENXIO: its link in /proc cannot be opened. */
    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
