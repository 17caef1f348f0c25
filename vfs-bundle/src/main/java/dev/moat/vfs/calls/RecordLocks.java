package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.Flock;
import dev.moat.abi.Restart;
import dev.moat.abi.SeekWhence;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.OwnLocks;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.lock.FileLocks;
import dev.moat.vfs.lock.LockWaiter;
import dev.moat.vfs.lock.LockWaits;
import dev.moat.vfs.lock.RecordLock;
import java.lang.foreign.MemorySegment;

/**
 * The record locks of {@code fcntl(2)}: of processes (their descriptor table) and of open file
 * descriptions.
 */
final class RecordLocks {
    long run(Task task, int fd, FileDescription file, int command, long argument) {
        byte[] bytes = task.user().copyIn(argument, (int) Flock.SIZE);
        Flock wanted = Flock.readFrom(MemorySegment.ofArray(bytes), 0);
        boolean ofd =
                command == Fcntl.F_OFD_GETLK
                        || command == Fcntl.F_OFD_SETLK
                        || command == Fcntl.F_OFD_SETLKW;
        if (ofd && wanted.pid() != 0) {
            throw Errno.EINVAL.exception();
        }
        Object owner = ofd ? file : task.files();
        RecordLock range = range(file, wanted, owner, ofd ? -1 : task.tgid());
        OwnLocks own = file.ownLocks();
        if (own != null && own.hasRecords()) {
            return new ServedLocks(file, own).run(task, command, wanted, range, ofd, argument);
        }
        if (command == Fcntl.F_GETLK || command == Fcntl.F_OFD_GETLK) {
            return test(task, file, wanted, range, argument);
        }
        checkAccess(file, wanted.type());
        FileLocks locks = FileLocks.of(file.inode());
        if (wanted.type() == Fcntl.F_UNLCK) {
            locks.giveUp(owner, range.start(), range.end());
            return 0;
        }
        if (ofd) {
            file.setObserver(SandboxVfs.of(task));
        }
        RecordLock conflict = locks.take(range);
        if (conflict != null) {
            boolean waits = command == Fcntl.F_SETLKW || command == Fcntl.F_OFD_SETLKW;
            return waits ? await(task, locks, range, ofd) : Errno.EAGAIN.negated();
        }
        if (!ofd && task.files().tryAcquire(fd) instanceof FileDescription now) {
            now.release();
            if (now != file) {
                // Closed while the lock was taken: a close gives up all locks of the process.
                locks.giveUp(owner, 0, Long.MAX_VALUE);
                return Errno.EBADF.negated();
            }
        }
        return 0;
    }

    private static long test(
            Task task, FileDescription file, Flock wanted, RecordLock range, long argument) {
        boolean own = wanted.type() == Fcntl.F_UNLCK;
        if (own && range.pid() >= 0) {
            throw Errno.EINVAL.exception();
        }
        FileLocks locks = FileLocks.ofExisting(file.inode());
        RecordLock conflict = null;
        if (locks != null) {
            // F_OFD_GETLK with F_UNLCK tells of the description's own locks.
            conflict = own ? locks.findOwn(range) : locks.findConflict(range);
        }
        Flock answer;
        if (conflict == null) {
            answer =
                    new Flock(
                            Fcntl.F_UNLCK,
                            wanted.whence(),
                            wanted.start(),
                            wanted.length(),
                            wanted.pid());
        } else {
            boolean toEnd = conflict.end() == Long.MAX_VALUE;
            answer =
                    new Flock(
                            conflict.exclusive() ? Fcntl.F_WRLCK : Fcntl.F_RDLCK,
                            SeekWhence.SEEK_SET,
                            conflict.start(),
                            toEnd ? 0 : conflict.end() - conflict.start() + 1,
                            conflict.pid() < 0 ? -1 : task.pids().seen(conflict.pid()));
        }
        byte[] bytes = new byte[(int) Flock.SIZE];
        answer.writeTo(MemorySegment.ofArray(bytes), 0);
        task.user().copyOut(argument, bytes);
        return 0;
    }

    /** flock_to_posix_lock(): EINVAL, EOVERFLOW. */
    private static RecordLock range(FileDescription file, Flock wanted, Object owner, int pid) {
        long base =
                switch (wanted.whence()) {
                    case SeekWhence.SEEK_SET -> 0;
                    case SeekWhence.SEEK_CUR -> file.position();
                    case SeekWhence.SEEK_END -> file.inode().attributes().sizeBytes();
                    default -> throw Errno.EINVAL.exception();
                };
        if (wanted.start() > Long.MAX_VALUE - base) {
            throw Errno.EOVERFLOW.exception();
        }
        long start = base + wanted.start();
        if (start < 0) {
            throw Errno.EINVAL.exception();
        }
        long end = Long.MAX_VALUE;
        if (wanted.length() > 0) {
            if (wanted.length() - 1 > Long.MAX_VALUE - start) {
                throw Errno.EOVERFLOW.exception();
            }
            end = start + wanted.length() - 1;
        } else if (wanted.length() < 0) {
            end = start - 1;
            start += wanted.length();
            if (start < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        boolean exclusive =
                switch (wanted.type()) {
                    case Fcntl.F_WRLCK -> true;
                    case Fcntl.F_RDLCK, Fcntl.F_UNLCK -> false;
                    default -> throw Errno.EINVAL.exception();
                };
        return new RecordLock(owner, pid, exclusive, start, end);
    }

    static void checkAccess(FileDescription file, int type) {
        if (type == Fcntl.F_RDLCK && !file.isReadable()
                || type == Fcntl.F_WRLCK && !file.isWritable()) {
            throw Errno.EBADF.exception();
        }
    }

    private static long await(Task task, FileLocks locks, RecordLock wanted, boolean ofd) {
        LockWaits waits = SandboxVfs.of(task).lockWaits();
        Wait wait = new Wait(locks, wanted, ofd ? null : waits);
        LockWaiter waiter = new LockWaiter(wanted, false);
        locks.beginWait(waiter);
        try {
            Blocker.Outcome outcome = task.blocker().block(locks.released(), wait, Blocker.FOREVER);
            if (wait.deadlock) {
                return Errno.EDEADLK.negated();
            }
            return outcome == Blocker.Outcome.INTERRUPTED && !wait.taken ? -Restart.ERESTARTSYS : 0;
        } finally {
            locks.endWait(waiter);
            if (!ofd) {
                waits.end(wanted.owner());
            }
        }
    }

    /** A lock that is tried at each release; notes whom it waits for. */
    private static final class Wait implements java.util.function.BooleanSupplier {
        private final FileLocks locks;
        private final RecordLock wanted;
        private final @org.jspecify.annotations.Nullable LockWaits waits;
        private boolean taken;
        private boolean deadlock;

        Wait(
                FileLocks locks,
                RecordLock wanted,
                @org.jspecify.annotations.Nullable LockWaits waits) {
            this.locks = locks;
            this.wanted = wanted;
            this.waits = waits;
        }

        @Override
        public boolean getAsBoolean() {
            if (taken || deadlock) {
                return true;
            }
            RecordLock conflict = locks.take(wanted);
            taken = conflict == null;
            if (conflict != null && waits != null) {
                deadlock = !waits.begin(locks, wanted);
            }
            return taken || deadlock;
        }
    }
}
