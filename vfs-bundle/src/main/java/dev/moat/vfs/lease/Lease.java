package dev.moat.vfs.lease;

import dev.moat.abi.Fcntl;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.lock.LockLine;

/** One lease. Its state is guarded by the lock of {@link Leases}. */
@Stateful
final class Lease {
    final FileDescription file;

    /** The descriptor that it was taken through: si_fd of the signals. */
    final int fd;

    /** F_RDLCK or F_WRLCK. */
    private int type;

    /** When it goes by itself; FOREVER while nobody wants it to. */
    private long removalNs = Blocker.FOREVER;

    /** When it becomes a read lease by itself; FOREVER while nobody wants it to. */
    private long downgradeNs = Blocker.FOREVER;

    /** Who took it; 0: an earlier revision did not note it. */
    private final int pid;

    Lease(FileDescription file, int fd, int type, int pid) {
        this.file = file;
        this.fd = fd;
        this.type = type;
        this.pid = pid;
    }

    /** As {@code /proc/locks} shows it. */
    LockLine line() {
        boolean breaking = deadlineNs() != Blocker.FOREVER;
        String shown =
                switch (target()) {
                    case Fcntl.F_WRLCK -> "WRITE";
                    case Fcntl.F_RDLCK -> "READ";
                    default -> "UNLCK";
                };
        String kind = breaking ? "LEASE  BREAKING " : "LEASE  ACTIVE   ";
        return new LockLine(kind, shown, file, pid, 0, Long.MAX_VALUE, 0);
    }

    /** Whether somebody who opens the file this way has to wait: locks_conflict(). */
    boolean isInTheWay(boolean writes) {
        return writes || type == Fcntl.F_WRLCK;
    }

    boolean isToGo() {
        return removalNs != Blocker.FOREVER;
    }

    /** Notes that somebody wants it to give way; false if that was known. */
    boolean breakFor(boolean writes, long deadlineNs) {
        if (isToGo() || !writes && downgradeNs != Blocker.FOREVER) {
            return false;
        }
        if (writes) {
            removalNs = deadlineNs;
        } else {
            downgradeNs = deadlineNs;
        }
        return true;
    }

    /** What the holder is to make of it: target_leasetype(). */
    int target() {
        if (isToGo()) {
            return Fcntl.F_UNLCK;
        }
        return downgradeNs != Blocker.FOREVER ? Fcntl.F_RDLCK : type;
    }

    /** Changes the type; a read lease has done what was asked of a write lease. */
    void become(int wanted) {
        type = wanted;
        if (wanted == Fcntl.F_RDLCK) {
            downgradeNs = Blocker.FOREVER;
        }
    }

    long deadlineNs() {
        return Math.min(removalNs, downgradeNs);
    }

    /** The holder did not react in time: steps down if that is enough; gives whether it goes. */
    boolean expires(long nowNs) {
        if (downgradeNs <= nowNs) {
            become(Fcntl.F_RDLCK);
        }
        return removalNs <= nowNs;
    }
}
