package dev.moat.vfs.lease;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SignalCodes;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.SignalOwner;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.OwnerSignals;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.lock.LockLine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The leases of one inode. Thread safe. Source: fs/locks.c. */
@Stateful
public final class Leases {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Woken when a lease went or stepped down. */
    private final WaitQueue changed = new WaitQueue();

    /** Guarded by the lock. */
    private final List<Lease> leases = new ArrayList<>(1);

    private static @Nullable Leases ofExisting(Inode inode) {
        return (Leases) inode.extras().leases().get();
    }

    private static Leases of(Inode inode) {
        AtomicReference<Object> slot = inode.extras().leases();
        if (slot.get() == null) {
            slot.compareAndSet(null, new Leases());
        }
        return (Leases) slot.get();
    }

    /**
     * F_SETLEASE.
     *
     * @throws ErrnoException EINVAL: no regular file, no type; EACCES: somebody else's file;
     *     EAGAIN: it is open in a way that collides, or there is no lease to give up
     */
    public static void set(Task task, FileDescription file, int fd, int type) {
        if (type != Fcntl.F_RDLCK && type != Fcntl.F_WRLCK && type != Fcntl.F_UNLCK) {
            throw Errno.EINVAL.exception();
        }
        Inode inode = file.inode();
        Credentials who = SandboxVfs.viewer(task, file);
        if (who.fsUid() != inode.uid() && !who.can(Capabilities.CAP_LEASE)) {
            throw Errno.EACCES.exception();
        }
        if (!FileMode.S_ISREG(inode.mode())) {
            throw Errno.EINVAL.exception();
        }
        if (type != Fcntl.F_UNLCK) {
            SandboxVfs vfs = SandboxVfs.of(task);
            file.setObserver(vfs);
            boolean enabled = vfs.settings().get(VfsSettings.Setting.LEASES_ENABLE) != 0;
            of(inode).take(task, file, fd, type, enabled);
            return;
        }
        Leases existing = ofExisting(inode);
        if (existing == null || !existing.giveUp(file)) {
            throw Errno.EAGAIN.exception();
        }
    }

    /** F_GETLEASE: what the lease is, or is to become. */
    public static int get(Task task, FileDescription file) {
        Leases existing = ofExisting(file.inode());
        return existing == null ? Fcntl.F_UNLCK : existing.target(task, file);
    }

    /** Leases of {@code inode} for {@code /proc/locks}. */
    public static List<LockLine> collectLines(Inode inode) {
        Leases existing = ofExisting(inode);
        return existing == null ? List.of() : existing.lines();
    }

    private List<LockLine> lines() {
        lock.lock();
        try {
            return leases.stream().map(Lease::line).toList();
        } finally {
            lock.unlock();
        }
    }

    /** An open description is closed for good. */
    public static void closed(FileDescription file) {
        Leases existing = ofExisting(file.inode());
        if (existing != null) {
            existing.giveUp(file);
        }
    }

    /**
     * Makes the leases give way to somebody who opens or truncates the file: break_lease().
     *
     * @param flags of open(2): the access mode and O_NONBLOCK count
     * @return false if a signal interrupted the wait
     * @throws ErrnoException EWOULDBLOCK
     */
    public static boolean giveWay(Task task, Inode inode, int flags) {
        Leases existing = ofExisting(inode);
        return existing == null || existing.yieldTo(task, flags);
    }

    private void take(Task task, FileDescription file, int fd, int type, boolean enabled) {
        long nowNs = task.sandbox().clock().monotonicNs();
        boolean steppedDown = false;
        lock.lock();
        try {
            expireLocked(nowNs);
            checkOpensLocked(file, type);
            Lease own = null;
            for (Lease lease : leases) {
                if (lease.file == file) {
                    own = lease;
                } else if (type == Fcntl.F_WRLCK || lease.isToGo()) {
                    throw Errno.EAGAIN.exception();
                }
            }
            if (own != null) {
                own.become(type);
                steppedDown = true;
            } else if (enabled) {
                leases.add(new Lease(file, fd, type, task.tgid()));
                adopt(task, file);
            } else {
                throw Errno.EINVAL.exception();
            }
        } finally {
            lock.unlock();
        }
        if (steppedDown) {
            changed.wakeAll(WaitQueue.ANY);
        }
    }

    /** check_conflicting_open(): only the description that asks may have the file open. */
    private static void checkOpensLocked(FileDescription file, int type) {
        int writers = file.inode().extras().writes().count();
        int readers = file.inode().extras().writes().readers();
        boolean collides;
        if (type == Fcntl.F_RDLCK) {
            collides = writers > 0;
        } else {
            collides =
                    writers != (file.isWritable() ? 1 : 0)
                            || readers != (file.isWritable() ? 0 : 1);
        }
        if (collides) {
            throw Errno.EAGAIN.exception();
        }
    }

    /** Who takes a lease is told of what happens to it, unless somebody else was named. */
    private static void adopt(Task task, FileDescription file) {
        SignalOwner now = file.signalOwner();
        if (now.id() == 0) {
            file.setSignalOwner(
                    SignalOwner.namedBy(task, Fcntl.F_OWNER_PID, task.tgid(), now.signal()));
        }
    }

    private boolean giveUp(FileDescription file) {
        boolean any;
        lock.lock();
        try {
            any = leases.removeIf(lease -> lease.file == file);
        } finally {
            lock.unlock();
        }
        if (any) {
            // lease_modify(): the owner is forgotten, too
            file.setSignalOwner(SignalOwner.NOBODY);
            changed.wakeAll(WaitQueue.ANY);
        }
        return any;
    }

    private int target(Task task, FileDescription file) {
        long nowNs = task.sandbox().clock().monotonicNs();
        lock.lock();
        try {
            expireLocked(nowNs);
            for (Lease lease : leases) {
                if (lease.file == file) {
                    return lease.target();
                }
            }
            return Fcntl.F_UNLCK;
        } finally {
            lock.unlock();
        }
    }

    private boolean yieldTo(Task task, int flags) {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (!breakAll(task, writes)) {
            return true;
        }
        if ((flags & OpenFlags.O_NONBLOCK) != 0) {
            throw Errno.EAGAIN.exception();
        }
        while (true) {
            long deadlineNs = expireAndFindDeadline(task, writes);
            Blocker.Outcome outcome =
                    task.blocker().block(changed, () -> !isInTheWay(writes), deadlineNs);
            if (outcome != Blocker.Outcome.TIMED_OUT) {
                return outcome == Blocker.Outcome.READY;
            }
        }
    }

    /** Tells the holders who are in the way, once; gives whether there are any. */
    private boolean breakAll(Task task, boolean writes) {
        int graceSeconds = SandboxVfs.of(task).settings().get(VfsSettings.Setting.LEASE_BREAK_TIME);
        long nowNs = task.sandbox().clock().monotonicNs();
        long deadlineNs = nowNs + TimeUnit.SECONDS.toNanos(graceSeconds);
        List<Lease> told = new ArrayList<>();
        boolean any = false;
        lock.lock();
        try {
            expireLocked(nowNs);
            for (Lease lease : leases) {
                if (lease.isInTheWay(writes)) {
                    any = true;
                    if (lease.breakFor(writes, deadlineNs)) {
                        told.add(lease);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        for (Lease lease : told) {
            OwnerSignals.send(
                    task.sandbox().tasks(),
                    lease.file.signalOwner(),
                    SignalCodes.POLL_MSG,
                    lease.fd);
        }
        return any;
    }

    private boolean isInTheWay(boolean writes) {
        lock.lock();
        try {
            return leases.stream().anyMatch(lease -> lease.isInTheWay(writes));
        } finally {
            lock.unlock();
        }
    }

    /** When the first of those in the way goes by itself. */
    private long expireAndFindDeadline(Task task, boolean writes) {
        long nowNs = task.sandbox().clock().monotonicNs();
        lock.lock();
        try {
            expireLocked(nowNs);
            long deadlineNs = Blocker.FOREVER;
            for (Lease lease : leases) {
                if (lease.isInTheWay(writes)) {
                    deadlineNs = Math.min(deadlineNs, lease.deadlineNs());
                }
            }
            return deadlineNs;
        } finally {
            lock.unlock();
        }
    }

    /** time_out_leases(). Others who wait have the same deadline. */
    private void expireLocked(long nowNs) {
        for (Lease lease : List.copyOf(leases)) {
            if (lease.expires(nowNs)) {
                leases.remove(lease);
                lease.file.setSignalOwner(SignalOwner.NOBODY);
            }
        }
    }
}
