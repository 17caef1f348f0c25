package dev.moat.vfs.lock;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom among owners of POSIX record locks, to find deadlocks: EDEADLK of fcntl(2).
 */
@Stateful
public final class LockWaits {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Waiting owner to the owner in its way; guarded by the lock. */
    private final Map<Object, Object> waits = new IdentityHashMap<>();

    /** Notes that {@code waiter} waits for {@code holder}; false if that closes a circle. */
    public boolean begin(Object waiter, Object holder) {
        lock.lock();
        try {
            for (@Nullable Object at = holder; at != null; at = waits.get(at)) {
                if (at == waiter) {
                    return false;
                }
            }
            waits.put(waiter, holder);
            return true;
        } finally {
            lock.unlock();
        }
    }

    public void end(Object waiter) {
        lock.lock();
        try {
            waits.remove(waiter);
        } finally {
            lock.unlock();
        }
    }
}
