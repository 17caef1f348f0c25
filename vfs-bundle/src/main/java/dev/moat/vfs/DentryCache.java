package dev.moat.vfs;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.lang.ref.ReferenceQueue;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the dentries used lately alive: a ring with one hint bit for each (the clock algorithm). A
 * dentry that falls out of the ring stays valid for whoever refers to it, and findable until nobody
 * does. Before the ring grows, what is not worth keeping goes: names that were removed, and, if not
 * used since the last time, names of nothing and of files that are looked up anew each time.
 */
@Stateful
final class DentryCache implements Restorable {
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
                makeRoomLocked();
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

    /** Drops entries of directories whose dentries are gone. */
    void purge() {
        lock.lock();
        try {
            purgeLocked();
        } finally {
            lock.unlock();
        }
    }

    private void makeRoomLocked() {
        keepLocked(dentry ->
                !dentry.isDead()
                        && (dentry.testAndClearUsed()
                                || !dentry.isNegative() && !dentry.tree().isVolatile()));
        if (filled > ring.length / 2) {
            ring = Arrays.copyOf(ring, ring.length * 2);
        }
    }

    private void keepLocked(Predicate<Dentry> wanted) {
        int kept = 0;
        for (int i = 0; i < filled; i++) {
            Dentry dentry = ring[i];
            if (dentry != null && wanted.test(dentry)) {
                ring[kept++] = dentry;
            }
        }
        Arrays.fill(ring, kept, filled, null);
        filled = kept;
        hand = 0;
    }

    /** Dentries that are kept. */
    int size() {
        lock.lock();
        try {
            return filled;
        } finally {
            lock.unlock();
        }
    }

    /** What leads to nothing need not be carried over. */
    @Override
    public void saving() {
        lock.lock();
        try {
            keepLocked(dentry -> !dentry.isDead() && !dentry.isNegative());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void restored() {}

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
