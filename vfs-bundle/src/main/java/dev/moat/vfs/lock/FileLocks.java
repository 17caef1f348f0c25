package dev.moat.vfs.lock;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The advisory locks of one inode. Thread safe; never blocks. */
@Stateful
public final class FileLocks implements Restorable {
    /** A lock and its place. */
    private static final int LOCK_BYTES = 96;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Woken when a lock was given up. */
    private final WaitQueue released = new WaitQueue();

    /** By owner in no order, ranges of one owner disjoint; guarded by the lock. */
    private final List<RecordLock> records = new ArrayList<>();

    private final List<WholeLock> wholes = new ArrayList<>();

    /** Who waits, in order of arrival; guarded by the lock. */
    private List<LockWaiter> waiters = new ArrayList<>(0);

    /** Null: an earlier revision made it. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.LOCKS);

    /** The locks of {@code inode}, made on first use. */
    public static FileLocks of(Inode inode) {
        AtomicReference<Object> slot = inode.extras().locks();
        if (slot.get() == null) {
            slot.compareAndSet(null, new FileLocks());
        }
        return (FileLocks) slot.get();
    }

    /** The locks of {@code inode} if it ever had any. */
    public static @Nullable FileLocks ofExisting(Inode inode) {
        return (FileLocks) inode.extras().locks().get();
    }

    /** Nobody waits at the safe point; what earlier revisions wrote does not have the list. */
    @Override
    public void restored() {
        waiters = new ArrayList<>(0);
    }

    public WaitQueue released() {
        return released;
    }

    /** A lock of somebody else that stands in the way; null if there is none. */
    public @Nullable RecordLock findConflict(RecordLock wanted) {
        lock.lock();
        try {
            return conflictLocked(wanted);
        } finally {
            lock.unlock();
        }
    }

    /** The first lock that the owner of {@code range} has in it; null if there is none. */
    public @Nullable RecordLock findOwn(RecordLock range) {
        lock.lock();
        try {
            return records.stream()
                    .filter(held -> held.owner() == range.owner())
                    .filter(held -> held.overlaps(range.start(), range.end()))
                    .min(Comparator.comparingLong(RecordLock::start))
                    .orElse(null);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable RecordLock conflictLocked(RecordLock wanted) {
        RecordLock first = null;
        for (RecordLock other : records) {
            if (other.owner() != wanted.owner()
                    && other.overlaps(wanted.start(), wanted.end())
                    && (other.exclusive() || wanted.exclusive())
                    && (first == null || other.start() < first.start())) {
                first = other;
            }
        }
        return first;
    }

    /**
     * Takes the lock, changing what the owner had there; gives what stands in the way, null if it
     * was taken.
     *
     * @throws dev.moat.abi.ErrnoException ENOLCK: there is no memory for it
     */
    public @Nullable RecordLock take(RecordLock wanted) {
        boolean weakened;
        lock.lock();
        try {
            RecordLock conflict = conflictLocked(wanted);
            if (conflict != null) {
                return conflict;
            }
            reserveLocked();
            weakened = carveLocked(wanted.owner(), wanted.start(), wanted.end());
            addMergedLocked(wanted);
            settleLocked();
        } finally {
            lock.unlock();
        }
        if (weakened) {
            released.wakeAll(WaitQueue.ANY);
        }
        return null;
    }

    /** Gives up what {@code owner} has of a range. */
    public void giveUp(Object owner, long start, long end) {
        boolean any;
        lock.lock();
        try {
            any = carveLocked(owner, start, end);
            settleLocked();
        } finally {
            lock.unlock();
        }
        if (any) {
            released.wakeAll(WaitQueue.ANY);
        }
    }

    /** A new lock may split an old one. */
    private void reserveLocked() {
        if (!HeapCharge.tryGrow(heap, 2 * LOCK_BYTES)) {
            throw Errno.ENOLCK.exception();
        }
    }

    private void settleLocked() {
        if (heap != null) {
            heap.grow((records.size() + wholes.size()) * (long) LOCK_BYTES - heap.bytes());
        }
    }

    private boolean carveLocked(Object owner, long start, long end) {
        List<RecordLock> rests = new ArrayList<>();
        boolean any =
                records.removeIf(old -> {
                    if (old.owner() != owner || !old.overlaps(start, end)) {
                        return false;
                    }
                    if (old.start() < start) {
                        rests.add(old.withRange(old.start(), start - 1));
                    }
                    if (old.end() > end) {
                        rests.add(old.withRange(end + 1, old.end()));
                    }
                    return true;
                });
        records.addAll(rests);
        return any;
    }

    private void addMergedLocked(RecordLock fresh) {
        long start = fresh.start();
        long end = fresh.end();
        for (int i = records.size() - 1; i >= 0; i--) {
            RecordLock old = records.get(i);
            if (old.owner() == fresh.owner() && old.exclusive() == fresh.exclusive()) {
                if (old.end() != Long.MAX_VALUE && old.end() + 1 == start) {
                    start = old.start();
                    records.remove(i);
                } else if (end != Long.MAX_VALUE && end + 1 == old.start()) {
                    end = old.end();
                    records.remove(i);
                }
            }
        }
        records.add(fresh.withRange(start, end));
    }

    /**
     * flock(2): takes or converts the lock of {@code owner}; false if others stand in the way.
     *
     * @throws dev.moat.abi.ErrnoException ENOLCK: there is no memory for it
     */
    public boolean takeWhole(Object owner, int pid, boolean exclusive) {
        boolean dropped = false;
        boolean conflict = false;
        lock.lock();
        try {
            reserveLocked();
            WholeLock had = null;
            for (WholeLock other : wholes) {
                if (other.owner() == owner) {
                    had = other;
                } else if (exclusive || other.exclusive()) {
                    conflict = true;
                }
            }
            if (had != null && had.exclusive() == exclusive) {
                return true;
            }
            // A conversion is not atomic: the old lock is gone even if the new one is not to be
            // had.
            if (had != null) {
                dropped = wholes.remove(had);
            }
            if (!conflict) {
                wholes.add(new WholeLock(owner, pid, exclusive));
            }
        } finally {
            settleLocked();
            lock.unlock();
        }
        if (dropped) {
            released.wakeAll(WaitQueue.ANY);
        }
        return !conflict;
    }

    /** flock(2) LOCK_UN, and the last close. */
    public void giveUpWhole(Object owner) {
        boolean any;
        lock.lock();
        try {
            any = wholes.removeIf(held -> held.owner() == owner);
            settleLocked();
        } finally {
            lock.unlock();
        }
        if (any) {
            released.wakeAll(WaitQueue.ANY);
        }
    }

    /** An open description is closed for good: its flock and OFD locks go. */
    public void closed(Object description) {
        giveUpWhole(description);
        giveUp(description, 0, Long.MAX_VALUE);
    }

    /** Notes who waits, for {@link #collectLines}; the same is to be told to {@link #endWait}. */
    public void beginWait(LockWaiter waiter) {
        lock.lock();
        try {
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
    }

    public void endWait(LockWaiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /** Locks now held, and who waits for them. */
    public List<LockLine> collectLines() {
        lock.lock();
        try {
            LockReport report = new LockReport(new ArrayList<>(waiters));
            wholes.forEach(held -> report.addWhole(held.asRecord()));
            records.stream()
                    .sorted(Comparator.comparingLong(RecordLock::start))
                    .forEach(report::add);
            return report.lines();
        } finally {
            lock.unlock();
        }
    }

    private record WholeLock(Object owner, int pid, boolean exclusive) {
        RecordLock asRecord() {
            return new RecordLock(owner, pid, exclusive, 0, Long.MAX_VALUE);
        }
    }
}
