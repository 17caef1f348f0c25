package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;

/**
 * How many files are open for writing through a mount, or of a file system: they keep it from
 * becoming read-only (mnt_hold_writers, fs/namespace.c).
 */
@Stateful
final class Writers {
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Guarded by the lock. */
    private int count;

    /** Guarded by the lock. */
    private boolean refused;

    /** One more: EROFS. */
    void add() {
        lock.lock();
        try {
            if (refused) {
                throw Errno.EROFS.exception();
            }
            count++;
        } finally {
            lock.unlock();
        }
    }

    void remove() {
        lock.lock();
        try {
            // Files that are older than this count were never added.
            count = Math.max(0, count - 1);
        } finally {
            lock.unlock();
        }
    }

    /** EBUSY while there are any. */
    void checkNone() {
        lock.lock();
        try {
            if (count > 0) {
                throw Errno.EBUSY.exception();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether there may be any from here on: EBUSY while there are. */
    void refuse(boolean all) {
        lock.lock();
        try {
            if (all && !refused && count > 0) {
                throw Errno.EBUSY.exception();
            }
            refused = all;
        } finally {
            lock.unlock();
        }
    }
}
