package dev.moat.vfs.lock;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for which POSIX record lock, to find deadlocks: EDEADLK of fcntl(2). Whom an owner
 * waits for is looked up when it is asked for: it changes with each release, before the waiter
 * itself has noticed.
 */
@Stateful
public final class LockWaits {
    /** A circle of more owners is not looked for: MAX_DEADLK_ITERATIONS, fs/locks.c. */
    private static final int MAX_OWNERS = 10;

    private final RankedLock lock = new RankedLock(LockRank.LOCK_WAITS);

    /** By waiting owner; guarded by the lock. */
    private final Map<Object, Wanted> waits = new IdentityHashMap<>();

    private record Wanted(FileLocks locks, RecordLock wanted) {
        @Nullable Object holder() {
            RecordLock conflict = locks.findConflict(wanted);
            return conflict == null ? null : conflict.owner();
        }
    }

    /** Notes that an owner waits for a lock; false if that closes a circle. */
    public boolean begin(FileLocks locks, RecordLock wanted) {
        Wanted own = new Wanted(locks, wanted);
        lock.lock();
        try {
            @Nullable Object holder = own.holder();
            for (int i = 0; holder != null && i < MAX_OWNERS; i++) {
                if (holder == wanted.owner()) {
                    return false;
                }
                Wanted next = waits.get(holder);
                holder = next == null ? null : next.holder();
            }
            waits.put(wanted.owner(), own);
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
