package dev.moat.ipc.mqueue;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.util.OptionalLong;

/** What the directory and the files of queues have in common. */
@Stateful
abstract class QueueNode extends Inode {
    private final QueueFilesystem filesystem;
    private final long number;
    private final long birthNs;

    // Single words, last writer wins.
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;
    private volatile long atimeNs;
    private volatile long mtimeNs;
    private volatile long ctimeNs;

    QueueNode(QueueFilesystem filesystem, long number, int mode, Owner owner) {
        this.filesystem = filesystem;
        this.number = number;
        this.birthNs = filesystem.nowNs();
        this.mode = mode;
        this.uid = owner.uid();
        this.gid = owner.gid();
        this.atimeNs = birthNs;
        this.mtimeNs = birthNs;
        this.ctimeNs = birthNs;
    }

    final QueueFilesystem queues() {
        return filesystem;
    }

    @Override
    public final Filesystem filesystem() {
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
        return uid;
    }

    @Override
    public final int gid() {
        return gid;
    }

    abstract long links();

    abstract long sizeBytes();

    @Override
    public final Attributes attributes() {
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode,
                links(),
                uid,
                gid,
                0,
                sizeBytes(),
                4096,
                0,
                atimeNs,
                mtimeNs,
                ctimeNs,
                Long.MIN_VALUE);
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        long now = filesystem.nowNs();
        change.permissions().ifPresent(bits -> mode = mode & ~07777 | bits & 07777);
        change.uid().ifPresent(id -> uid = id);
        change.gid().ifPresent(id -> gid = id);
        atimeNs = time(change.atimeNs(), atimeNs, now);
        mtimeNs = time(change.mtimeNs(), mtimeNs, now);
        ctimeNs = now;
    }

    private static long time(OptionalLong wanted, long old, long now) {
        if (wanted.isEmpty()) {
            return old;
        }
        return wanted.getAsLong() == AttributeChange.NOW ? now : wanted.getAsLong();
    }

    /** Names or messages changed. */
    final void touch() {
        long now = filesystem.nowNs();
        atimeNs = now;
        mtimeNs = now;
        ctimeNs = now;
    }
}
