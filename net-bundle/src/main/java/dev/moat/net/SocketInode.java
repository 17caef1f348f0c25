package dev.moat.net;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;

/** The inode behind an open socket (sockfs). */
@Stateful
final class SocketInode extends Inode {
    private final SandboxSockets sockets;
    private final long number;
    private final long bornNs;

    /** Changed by fchmod and fchown, without effect on the socket. */
    private volatile int mode;

    private volatile int uid;
    private volatile int gid;

    SocketInode(SandboxSockets sockets, int mode) {
        this.sockets = sockets;
        this.number = sockets.nextInodeNumber();
        this.bornNs = sockets.sandbox().clock().realtimeNs();
        this.mode = mode;
    }

    SandboxSockets sockets() {
        return sockets;
    }

    @Override
    public Filesystem filesystem() {
        return sockets.filesystem();
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
                sockets.filesystem().deviceId(),
                number,
                mode,
                1,
                uid,
                gid,
                0,
                0,
                4096,
                0,
                bornNs,
                bornNs,
                bornNs,
                Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        change.permissions().ifPresent(bits -> mode = mode & ~07777 | bits & 07777);
        change.uid().ifPresent(id -> uid = id);
        change.gid().ifPresent(id -> gid = id);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
