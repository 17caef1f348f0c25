package dev.moat.vfs.async;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup.ControllingTerminal;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.SignalOwner;
import dev.moat.vfs.inotify.InotifyFile;
import dev.moat.vfs.inotify.Notifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The signals that somebody wants of one open file. */
@Stateful
public final class AsyncNotices {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by the lock. */
    private @Nullable ReadinessNotice readiness;

    /** Guarded by the lock. */
    private final List<DirectoryNotice> directories = new ArrayList<>();

    private AsyncNotices() {}

    /**
     * Sets or clears O_ASYNC: nothing for files that never change, as Linux, where they have no
     * fasync operation. The caller has set who observes the end of the file.
     */
    public static void setReadiness(Task task, FileDescription file, int fd, boolean on) {
        boolean isOn = (file.flags() & OpenFlags.O_ASYNC) != 0;
        @Nullable WaitQueue queue = canTell(file) ? file.waitQueue(task) : null;
        if (queue == null || isOn == on) {
            return;
        }
        if (on && FileMode.S_ISCHR(file.inode().mode())) {
            adoptTerminal(task, file);
        }
        AsyncNotices notices = of(file);
        ReadinessNotice fresh =
                on ? new ReadinessNotice(file, queue, task.sandbox().tasks(), fd) : null;
        ReadinessNotice old;
        notices.lock.lock();
        try {
            old = notices.readiness;
            notices.readiness = fresh;
        } finally {
            notices.lock.unlock();
        }
        if (old != null) {
            old.end();
        }
        if (fresh != null) {
            fresh.begin();
        }
        file.setFlags(OpenFlags.O_ASYNC, on ? OpenFlags.O_ASYNC : 0);
    }

    /** Which files have a fasync operation: pipes, sockets, terminals, inotify. */
    private static boolean canTell(FileDescription file) {
        int mode = file.inode().mode();
        return FileMode.S_ISFIFO(mode)
                || FileMode.S_ISSOCK(mode)
                || FileMode.S_ISCHR(mode)
                || file instanceof InotifyFile;
    }

    /** A terminal tells its foreground, if nobody was named: tty_fasync(). */
    private static void adoptTerminal(Task task, FileDescription file) {
        if (file.signalOwner().id() != 0) {
            return;
        }
        int foreground =
                task.group().terminal().map(ControllingTerminal::foregroundGroup).orElse(0);
        int type = foreground > 0 ? Fcntl.F_OWNER_PGRP : Fcntl.F_OWNER_PID;
        int id = foreground > 0 ? foreground : task.tgid();
        file.setSignalOwner(SignalOwner.namedBy(task, type, id, file.signalOwner().signal()));
    }

    /**
     * F_NOTIFY; the caller has set who observes the end of the file.
     *
     * @throws dev.moat.abi.ErrnoException ENOTDIR
     */
    public static void setDirectory(
            Task task, FileDescription file, int fd, int bits, Notifier notifier) {
        if ((bits & ~Fcntl.DN_MULTISHOT) == 0) {
            existing(file, notices -> notices.endDirectories(task.files()));
            return;
        }
        if (!FileMode.S_ISDIR(file.inode().mode())) {
            throw Errno.ENOTDIR.exception();
        }
        if (file.signalOwner().id() == 0) {
            file.setSignalOwner(
                    SignalOwner.namedBy(
                            task, Fcntl.F_OWNER_PID, task.tgid(), file.signalOwner().signal()));
        }
        of(file).directoryOf(task, file, fd, notifier).want(bits);
    }

    private DirectoryNotice directoryOf(
            Task task, FileDescription file, int fd, Notifier notifier) {
        DirectoryNotice fresh;
        lock.lock();
        try {
            for (DirectoryNotice known : directories) {
                if (known.isOf(task.files())) {
                    return known;
                }
            }
            fresh = new DirectoryNotice(notifier, file, task.files(), task.sandbox().tasks(), fd);
            directories.add(fresh);
        } finally {
            lock.unlock();
        }
        fresh.begin();
        return fresh;
    }

    /** A process closed a descriptor of the file: what it wanted to know of a directory ends. */
    public static void descriptorClosed(FileDescription file, FdTable table) {
        existing(file, notices -> notices.endDirectories(table));
    }

    private void endDirectories(FdTable table) {
        List<DirectoryNotice> ended = new ArrayList<>();
        lock.lock();
        try {
            directories.removeIf(notice -> notice.isOf(table) && ended.add(notice));
        } finally {
            lock.unlock();
        }
        ended.forEach(DirectoryNotice::end);
    }

    /** The file is closed for good. */
    public static void closed(FileDescription file) {
        existing(file, AsyncNotices::endAll);
    }

    private void endAll() {
        List<DirectoryNotice> ended;
        ReadinessNotice old;
        lock.lock();
        try {
            ended = new ArrayList<>(directories);
            directories.clear();
            old = readiness;
            readiness = null;
        } finally {
            lock.unlock();
        }
        ended.forEach(DirectoryNotice::end);
        if (old != null) {
            old.end();
        }
    }

    private static AsyncNotices of(FileDescription file) {
        AtomicReference<@Nullable Object> slot = file.notices();
        if (slot.get() == null) {
            slot.compareAndSet(null, new AsyncNotices());
        }
        return (AsyncNotices) java.util.Objects.requireNonNull(slot.get());
    }

    /** What is done with the notices of a file that has some. */
    private interface Use {
        void accept(AsyncNotices notices);
    }

    private static void existing(FileDescription file, Use use) {
        if (file.notices().get() instanceof AsyncNotices notices) {
            use.accept(notices);
        }
    }
}
