package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the handles that a file system gave out lead to, name_to_handle_at(2): as many as there are
 * files, at most twice that while removed ones wait to be swept.
 */
@Stateful
final class HandleTable {
    private static final int SMALLEST_SWEEP = 64;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** By inode number; guarded by the lock. */
    private final Map<Long, Dentry> dentries = new HashMap<>();

    /** The size at which removed files are looked for. */
    private int sweepAt = SMALLEST_SWEEP;

    /** Remembers a name of an inode; a living one is not replaced. */
    void add(Dentry dentry) {
        long number = dentry.inode().number();
        Map<Long, Dentry> looked = Map.of();
        lock.lock();
        try {
            Dentry known = dentries.get(number);
            if (known == null || known.isDead()) {
                dentries.put(number, dentry);
            }
            if (dentries.size() >= sweepAt) {
                looked = Map.copyOf(dentries);
            }
        } finally {
            lock.unlock();
        }
        if (!looked.isEmpty()) {
            sweep(looked);
        }
    }

    /** The inodes are asked without the lock: they have their own. */
    private void sweep(Map<Long, Dentry> looked) {
        for (Map.Entry<Long, Dentry> each : looked.entrySet()) {
            if (!each.getValue().inode().isAlive()) {
                forget(each.getKey(), each.getValue());
            }
        }
        lock.lock();
        try {
            sweepAt = Math.max(SMALLEST_SWEEP, 2 * dentries.size());
        } finally {
            lock.unlock();
        }
    }

    private void forget(long number, Dentry dentry) {
        lock.lock();
        try {
            dentries.remove(number, dentry);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A name of the inode, a removed one if it is the only one known; null if nothing is left of
     * the inode.
     */
    @Nullable Dentry find(long number) {
        Dentry known;
        lock.lock();
        try {
            known = dentries.get(number);
        } finally {
            lock.unlock();
        }
        if (known != null && !known.inode().isAlive()) {
            forget(number, known);
            return null;
        }
        return known;
    }
}
