package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fcntl;
import dev.moat.abi.Flock;
import dev.moat.abi.Restart;
import dev.moat.abi.SeekWhence;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.OwnLocks;
import dev.moat.vfs.lock.RecordLock;
import java.lang.foreign.MemorySegment;

/** Locks that a file system keeps itself: vfs_lock_file() with a lock operation. */
record ServedLocks(FileDescription file, OwnLocks own) {
    /** Record locks: fcntl(2). */
    long run(Task task, int command, Flock wanted, RecordLock range, boolean ofd, long argument) {
        boolean toEnd = range.end() == Long.MAX_VALUE;
        Flock absolute =
                new Flock(
                        wanted.type(),
                        SeekWhence.SEEK_SET,
                        range.start(),
                        toEnd ? 0 : range.end() - range.start() + 1,
                        0);
        if (command == Fcntl.F_GETLK || command == Fcntl.F_OFD_GETLK) {
            if (wanted.type() == Fcntl.F_UNLCK) {
                throw Errno.EINVAL.exception();
            }
            Flock found = own.test(task, absolute, ofd);
            boolean none = found.type() == Fcntl.F_UNLCK;
            byte[] bytes = new byte[(int) Flock.SIZE];
            (none
                            ? new Flock(
                                    Fcntl.F_UNLCK,
                                    wanted.whence(),
                                    wanted.start(),
                                    wanted.length(),
                                    wanted.pid())
                            : found)
                    .writeTo(MemorySegment.ofArray(bytes), 0);
            task.user().copyOut(argument, bytes);
            return 0;
        }
        RecordLocks.checkAccess(file, wanted.type());
        boolean waits = command == Fcntl.F_SETLKW || command == Fcntl.F_OFD_SETLKW;
        try {
            own.set(task, absolute, ofd, waits);
            return 0;
        } catch (ErrnoException e) {
            return restartable(e);
        }
    }

    /** Whole locks: flock(2). */
    long runWhole(Task task, int kind, boolean waits) {
        int type =
                switch (kind) {
                    case Fcntl.LOCK_SH -> Fcntl.F_RDLCK;
                    case Fcntl.LOCK_EX -> Fcntl.F_WRLCK;
                    default -> Fcntl.F_UNLCK;
                };
        try {
            own.setWhole(task, type, waits && type != Fcntl.F_UNLCK);
            return 0;
        } catch (ErrnoException e) {
            return restartable(e);
        }
    }

    private static long restartable(ErrnoException e) {
        return e.errno() == Errno.EINTR ? -Restart.ERESTARTSYS : e.errno().negated();
    }
}
