package dev.moat.vfs.lock;

/**
 * Somebody who waits for a lock.
 *
 * @param whole for one of flock(2)
 */
public record LockWaiter(RecordLock wanted, boolean whole) {
    /** Whether it cannot have its lock while somebody has {@code other}: locks_conflict(). */
    boolean waitsFor(RecordLock other) {
        return other.owner() != wanted.owner()
                && other.overlaps(wanted.start(), wanted.end())
                && (other.exclusive() || wanted.exclusive());
    }

    LockLine line(int depth) {
        return whole ? LockLine.ofWhole(wanted, depth) : LockLine.of(wanted, depth);
    }
}
