package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.OwnLocks;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.lock.FileLocks;
import dev.moat.vfs.lock.LockWaiter;
import dev.moat.vfs.lock.RecordLock;

/** {@code flock(2)}. */
public final class FlockCalls {
    @Syscall(nr = 73, name = "flock")
    public long flock(Task task, int fd, int operation) {
        if ((operation & Fcntl.LOCK_MAND) != 0) {
            // Mandatory locks are gone since Linux 5.15; asking for them does nothing.
            return 0;
        }
        int kind = operation & ~Fcntl.LOCK_NB;
        if (kind != Fcntl.LOCK_UN && kind != Fcntl.LOCK_SH && kind != Fcntl.LOCK_EX) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = Args.file(task, fd);
        try {
            OwnLocks own = file.ownLocks();
            if (own != null && own.hasWholes()) {
                boolean waits = (operation & Fcntl.LOCK_NB) == 0;
                return new ServedLocks(file, own).runWhole(task, kind, waits);
            }
            return switch (kind) {
                case Fcntl.LOCK_UN -> {
                    FileLocks locks = FileLocks.ofExisting(file.inode());
                    if (locks != null) {
                        locks.giveUpWhole(file);
                    }
                    yield 0;
                }
                default ->
                        take(task, file, kind == Fcntl.LOCK_EX, (operation & Fcntl.LOCK_NB) != 0);
            };
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    private static long take(Task task, FileDescription file, boolean exclusive, boolean noWait) {
        FileLocks locks = FileLocks.of(file.inode());
        // The last release gives the lock up, of files without a path, too.
        file.setObserver(SandboxVfs.of(task));
        Whole wait = new Whole(locks, file, task.tgid(), exclusive);
        long result = wait.attempt();
        if (result != Waits.AGAIN || noWait) {
            return result;
        }
        RecordLock wanted = new RecordLock(file, task.tgid(), exclusive, 0, Long.MAX_VALUE);
        LockWaiter waiter = new LockWaiter(wanted, true);
        locks.beginWait(waiter);
        try {
            return wait.await(task, locks.released());
        } finally {
            locks.endWait(waiter);
        }
    }

    private static final class Whole extends Waits {
        private final FileLocks locks;
        private final FileDescription file;
        private final int pid;
        private final boolean exclusive;

        Whole(FileLocks locks, FileDescription file, int pid, boolean exclusive) {
            this.locks = locks;
            this.file = file;
            this.pid = pid;
            this.exclusive = exclusive;
        }

        @Override
        long attempt() {
            return locks.takeWhole(file, pid, exclusive) ? 0 : AGAIN;
        }
    }
}
