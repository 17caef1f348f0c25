package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.lang.ref.ReferenceQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the dentries used lately alive: a ring with one hint bit for each (the clock algorithm). A
 * dentry that falls out of the ring stays valid for whoever refers to it, and findable until nobody
 * does.
 */
@Stateful
final class DentryCache {
    private static final int CAPACITY = 1 << 15;

    private final RankedLock lock = new RankedLock(LockRank.TASK);
    private final ReferenceQueue<Dentry> collected = new ReferenceQueue<>();

    /** Grows to the capacity; guarded by the lock. */
    private @Nullable Dentry[] ring = new @Nullable Dentry[256];

    private int hand;
    private int filled;

    ReferenceQueue<Dentry> collected() {
        return collected;
    }

    /** Takes in a dentry, in place of one that was not used since the hand passed it. */
    void admit(Dentry dentry) {
        lock.lock();
        try {
            purgeLocked();
            if (filled == ring.length && filled < CAPACITY) {
                ring = java.util.Arrays.copyOf(ring, filled * 2);
            }
            if (filled < ring.length) {
                ring[filled++] = dentry;
                return;
            }
            // Twice around at most: the first pass clears every hint.
            for (int i = 0; i < 2 * CAPACITY; i++) {
                hand = (hand + 1) % CAPACITY;
                Dentry old = ring[hand];
                if (old == null || old.isDead() || !old.testAndClearUsed()) {
                    break;
                }
            }
            ring[hand] = dentry;
        } finally {
            lock.unlock();
        }
    }

    private void purgeLocked() {
        for (var ref = collected.poll(); ref != null; ref = collected.poll()) {
            // References of an earlier revision of this bundle may still come.
            if (ref instanceof Dentry.Ref own) {
                own.purge();
            }
        }
    }

    /** Lets go of everything. */
    void clear() {
        lock.lock();
        try {
            ring = new @Nullable Dentry[256];
            hand = 0;
            filled = 0;
        } finally {
            lock.unlock();
        }
    }
}
