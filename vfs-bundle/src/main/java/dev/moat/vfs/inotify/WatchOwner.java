package dev.moat.vfs.inotify;

/** Who is told what happens to inodes. */
public interface WatchOwner {
    /**
     * Something happened.
     *
     * @param event IN_* bits
     * @param cookie ties the two events of a rename together
     * @param name of the entry; empty when it happened to the inode itself
     */
    void queue(Watch watch, int event, int cookie, String name);

    /** The watch is over: it was for one event, or its inode is no more. */
    void forget(Watch watch);
}
