package dev.moat.vfs.inotify;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;

/** Interest of one inotify file in one inode. */
@Stateful
final class Watch {
    private final InotifyFile owner;
    private final Inode inode;
    private final int descriptor;

    /** Events wanted and options; changed under the owner's lock, read without it. */
    private volatile int mask;

    Watch(InotifyFile owner, Inode inode, int descriptor, int mask) {
        this.owner = owner;
        this.inode = inode;
        this.descriptor = descriptor;
        this.mask = mask;
    }

    InotifyFile owner() {
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

    void setMask(int mask) {
        this.mask = mask;
    }
}
