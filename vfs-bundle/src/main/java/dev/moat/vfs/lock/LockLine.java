package dev.moat.vfs.lock;

import dev.moat.abi.DeviceNumbers;
import java.util.Locale;

/**
 * A lock as {@code /proc/locks} shows it: lock_get_status(), fs/locks.c.
 *
 * @param kind the first two columns
 * @param type READ, WRITE or UNLCK
 * @param owner a descriptor table or an open file description
 * @param pid of who took it; -1 for locks of open file descriptions
 * @param end last byte, Long.MAX_VALUE for all that may come
 * @param depth 0: it is held; 1: it waits for the held lock before it; more: for one that waits
 */
public record LockLine(
        String kind, String type, Object owner, int pid, long start, long end, int depth) {
    private static final String RECORD = "POSIX  ADVISORY ";
    private static final String OF_DESCRIPTION = "OFDLCK ADVISORY ";
    private static final String WHOLE = "FLOCK  ADVISORY ";

    /** That of a lock on a range. */
    static LockLine of(RecordLock lock, int depth) {
        return new LockLine(
                lock.pid() < 0 ? OF_DESCRIPTION : RECORD,
                typeOf(lock),
                lock.owner(),
                lock.pid(),
                lock.start(),
                lock.end(),
                depth);
    }

    /** That of a lock of flock(2). */
    static LockLine ofWhole(RecordLock lock, int depth) {
        return new LockLine(
                WHOLE, typeOf(lock), lock.owner(), lock.pid(), 0, Long.MAX_VALUE, depth);
    }

    private static String typeOf(RecordLock lock) {
        return lock.exclusive() ? "WRITE" : "READ";
    }

    /** The line without its number and newline. */
    public String text(int seenPid, long device, long inode) {
        String indent = " ".repeat(Math.max(0, depth - 1)) + (depth == 0 ? "" : "-> ");
        return String.format(
                Locale.ROOT,
                "%s%s %s %d %02x:%02x:%d %d %s",
                indent,
                kind,
                type,
                seenPid,
                DeviceNumbers.major(device),
                DeviceNumbers.minor(device),
                inode,
                start,
                end == Long.MAX_VALUE ? "EOF" : Long.toString(end));
    }
}
