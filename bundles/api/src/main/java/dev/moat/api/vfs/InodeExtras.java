package dev.moat.api.vfs;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Slots for what the VFS attaches to an inode on first use: advisory locks, leases, watches, a pipe
 * behind a fifo, a bound socket. Values are VFS types; a file system never looks inside.
 */
public final class InodeExtras {
    private final WriteCount writes = new WriteCount();
    private final AtomicReference<Object> locks = new AtomicReference<>();
    private final AtomicReference<Object> watches = new AtomicReference<>();
    private final AtomicReference<Object> leases = new AtomicReference<>();
    private final AtomicReference<Object> endpoint = new AtomicReference<>();

    /** Who writes and who executes the file. */
    public WriteCount writes() {
        return writes;
    }

    /** flock, POSIX and OFD locks. */
    public AtomicReference<Object> locks() {
        return locks;
    }

    /** Leases: F_SETLEASE. */
    public AtomicReference<Object> leases() {
        return leases;
    }

    /** inotify watches. */
    public AtomicReference<Object> watches() {
        return watches;
    }

    /** The pipe of a fifo or the socket bound to a socket file. */
    public AtomicReference<Object> endpoint() {
        return endpoint;
    }
}
