package dev.moat.vfs.anon;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;

/** An inode without a name: of a pipe, an event file and the like. */
@Stateful
public final class AnonymousInode extends Inode {
    private final KernelFilesystem filesystem;
    private final long number;
    private final long createdNs;

    /** Changed by fchmod and fchown: single words, last writer wins. */
    private volatile int mode;

    private volatile int uid;
    private volatile int gid;

    public AnonymousInode(KernelFilesystem filesystem, int mode, int uid, int gid) {
        this.filesystem = filesystem;
        this.number = filesystem.nextInode();
        this.createdNs = filesystem.nowNs();
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
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
        return uid;
    }

    @Override
    public int gid() {
        return gid;
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                1,
                uid,
                gid,
                0,
                0,
                4096,
                0,
                createdNs,
                createdNs,
                createdNs,
                Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        if ((mode & FileMode.S_IFMT) == 0) {
            // anon_inode_setattr(): only pipes have attributes that change.
            throw Errno.EOPNOTSUPP.exception();
        }
        if (change.permissions().isPresent()) {
            mode = mode & 0170000 | change.permissions().getAsInt() & 07777;
        }
        uid = change.uid().orElse(uid);
        gid = change.gid().orElse(gid);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
