package dev.moat.fs.cgroup;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Inode;
import java.util.concurrent.atomic.AtomicReference;

/** What directories and files have in common: attributes that can be changed, to delegate. */
@Stateful
abstract class CgroupInode extends Inode {
    private static final int BLOCK_BYTES = 4096;

    private final CgroupFilesystem filesystem;
    private final long number;
    private final long createdNs;

    private final AtomicReference<Access> access;

    private volatile long changedNs;

    /** Who may what. */
    private record Access(int mode, int uid, int gid) {}

    CgroupInode(CgroupFilesystem filesystem, long number, int mode, Owner owner) {
        this.filesystem = filesystem;
        this.number = number;
        this.access = new AtomicReference<>(new Access(mode, owner.uid(), owner.gid()));
        this.createdNs = filesystem.sandbox().clock().realtimeNs();
        this.changedNs = createdNs;
    }

    @Override
    public final CgroupFilesystem filesystem() {
        return filesystem;
    }

    @Override
    public final long number() {
        return number;
    }

    @Override
    public final int mode() {
        return access.get().mode();
    }

    @Override
    public final int uid() {
        return access.get().uid();
    }

    @Override
    public final int gid() {
        return access.get().gid();
    }

    abstract int links();

    @Override
    public final Attributes attributes() {
        Access now = access.get();
        return new Attributes(
                filesystem.deviceId(),
                number,
                now.mode(),
                links(),
                now.uid(),
                now.gid(),
                0,
                0,
                BLOCK_BYTES,
                0,
                createdNs,
                createdNs,
                changedNs,
                Long.MIN_VALUE);
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        access.updateAndGet(now -> changed(now, change));
        changedNs = filesystem.sandbox().clock().realtimeNs();
    }

    private static Access changed(Access now, AttributeChange change) {
        int bits = change.permissions().orElse(now.mode());
        return new Access(
                now.mode() & FileMode.S_IFMT | bits & 07777,
                change.uid().orElse(now.uid()),
                change.gid().orElse(now.gid()));
    }
}
