package dev.moat.vfs.inotify;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;

/** Interest in what happens to one inode. */
@Stateful
public final class Watch {
    private final WatchOwner owner;
    private final Inode inode;
    private final int descriptor;

    /** Events wanted and options; changed under the owner's lock, read without it. */
    private volatile int mask;

    public Watch(WatchOwner owner, Inode inode, int descriptor, int mask) {
        this.owner = owner;
        this.inode = inode;
        this.descriptor = descriptor;
        this.mask = mask;
    }

    WatchOwner owner() {
        return owner;
    }

    Inode inode() {
        return inode;
    }

    int descriptor() {
        return descriptor;
    }

    int mask() {
        return mask;
    }

    public void setMask(int mask) {
        this.mask = mask;
    }
}
