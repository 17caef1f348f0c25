package dev.moat.vfs.lock;

/**
 * A lock on a range of bytes.
 *
 * @param owner a descriptor table (POSIX) or an open file description (OFD)
 * @param pid of the process that took it; -1 for OFD locks
 * @param exclusive F_WRLCK, else F_RDLCK
 * @param end last byte, Long.MAX_VALUE for all that may come
 */
public record RecordLock(Object owner, int pid, boolean exclusive, long start, long end) {
    boolean overlaps(long from, long to) {
        return start <= to && from <= end;
    }

    RecordLock withRange(long from, long to) {
        return new RecordLock(owner, pid, exclusive, from, to);
    }
}
