package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.vfs.lock.FileLocks;
import dev.moat.vfs.lock.LockWaits;
import dev.moat.vfs.lock.RecordLock;
import org.junit.jupiter.api.Test;

final class LocksTest {
    private final FileLocks locks = new FileLocks();
    private final Object one = new Object();
    private final Object two = new Object();

    private static RecordLock write(Object owner, long start, long end) {
        return new RecordLock(owner, 1, true, start, end);
    }

    private static RecordLock read(Object owner, long start, long end) {
        return new RecordLock(owner, 1, false, start, end);
    }

    @Test
    void writers_excludeOthersWhereTheyOverlap() {
        assertNull(locks.take(write(one, 0, 9)));
        assertNotNull(locks.take(read(two, 5, 15)));
        assertNull(locks.take(read(two, 10, 15)));
        assertNull(locks.take(write(one, 3, 9)));
    }

    @Test
    void readers_share() {
        assertNull(locks.take(read(one, 0, 9)));
        assertNull(locks.take(read(two, 0, 9)));
        assertNotNull(locks.take(write(one, 0, 0)));
    }

    @Test
    void unlockInTheMiddle_splits() {
        locks.take(write(one, 0, 99));
        locks.giveUp(one, 40, 59);
        assertNull(locks.take(write(two, 40, 59)));
        assertNotNull(locks.findConflict(write(two, 39, 39)));
        assertEquals(3, locks.collectLines().size());
    }

    @Test
    void neighbours_becomeOne() {
        locks.take(write(one, 0, 9));
        locks.take(write(one, 20, 29));
        locks.take(write(one, 10, 19));
        assertEquals(1, locks.collectLines().size());
        locks.take(read(one, 0, Long.MAX_VALUE));
        assertEquals(1, locks.collectLines().size());
    }

    @Test
    void wholeFileLocks_areOnTheirOwn() {
        locks.take(write(one, 0, Long.MAX_VALUE));
        assertTrue(locks.takeWhole(two, 2, true));
        assertFalse(locks.takeWhole(one, 1, false));
        assertTrue(locks.takeWhole(two, 2, false));
        assertTrue(locks.takeWhole(one, 1, false));
        assertFalse(locks.takeWhole(one, 1, true));
    }

    @Test
    void circles_areFound() {
        LockWaits waits = new LockWaits();
        Object three = new Object();
        locks.take(write(one, 1, 1));
        locks.take(write(two, 2, 2));
        locks.take(write(three, 3, 3));
        assertTrue(waits.begin(locks, write(one, 2, 2)));
        assertTrue(waits.begin(locks, write(two, 3, 3)));
        assertFalse(waits.begin(locks, write(three, 1, 1)));
        waits.end(one);
        assertTrue(waits.begin(locks, write(three, 1, 1)));
    }

    @Test
    void aWaiter_whoseLockWasGivenUp_waitsForNobody() {
        LockWaits waits = new LockWaits();
        locks.take(write(one, 1, 1));
        locks.take(write(two, 2, 2));
        assertTrue(waits.begin(locks, write(one, 2, 2)));
        locks.giveUp(two, 2, 2);
        assertTrue(waits.begin(locks, write(two, 1, 1)));
    }
}
