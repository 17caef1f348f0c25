package dev.moat.fs.tmpfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.IfDqinfo;
import dev.moat.abi.IfNextdqblk;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.QuotaConstants;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DiskQuotas;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The quotas of a tmpfs. Whoever has CAP_SYS_RESOURCE passes limits: ignore_hardlimit(),
 * fs/quota/dquot.c.
 */
@Stateful
final class TmpfsQuotas implements DiskQuotas {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final TmpfsFilesystem filesystem;

    /** Leaf: nothing is taken while it is held. Guards the tables and who owns which inode. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Kind, QuotaTable> tables = new HashMap<>();

    TmpfsQuotas(TmpfsFilesystem filesystem, QuotaOptions options) {
        this.filesystem = filesystem;
        for (Kind kind : Kind.values()) {
            if (options.counts(kind)) {
                tables.put(kind, new QuotaTable(options.limits(kind)));
            }
        }
    }

    /** Takes an inode for a new file of this owner: EDQUOT. */
    void chargeInode(int uid, int gid) {
        lock.lock();
        try {
            if (!mayAddLocked(uid, gid, 0, 1)) {
                throw Errno.EDQUOT.exception();
            }
            addLocked(uid, gid, 0, 1);
        } finally {
            lock.unlock();
        }
    }

    void unchargeInode(TmpfsInode inode) {
        lock.lock();
        try {
            addLocked(inode.uid(), inode.gid(), 0, -1);
        } finally {
            lock.unlock();
        }
    }

    /** Takes pages for a file; false if its owner or group has no more. */
    boolean charge(TmpfsRegular file, long pages) {
        lock.lock();
        try {
            long bytes = pages * MemoryFlags.PAGE_SIZE;
            if (!mayAddLocked(file.uid(), file.gid(), bytes, 0)) {
                return false;
            }
            addLocked(file.uid(), file.gid(), bytes, 0);
            file.chargedBytes += bytes;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void uncharge(TmpfsRegular file, long pages) {
        lock.lock();
        try {
            long bytes = pages * MemoryFlags.PAGE_SIZE;
            addLocked(file.uid(), file.gid(), -bytes, 0);
            file.chargedBytes -= bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Whether one page more is too much for the owner of a file, now. */
    boolean isExhausted(TmpfsRegular file) {
        lock.lock();
        try {
            return !mayAddLocked(file.uid(), file.gid(), MemoryFlags.PAGE_SIZE, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Gives an inode with all that it has to another owner: EDQUOT. __dquot_transfer(). */
    void transfer(TmpfsInode inode, int uid, int gid) {
        lock.lock();
        try {
            long bytes = inode instanceof TmpfsRegular file ? file.chargedBytes : 0;
            int oldUid = inode.uid();
            int oldGid = inode.gid();
            boolean fits =
                    (uid == oldUid || mayAddLocked(Kind.USER, uid, bytes, 1))
                            && (gid == oldGid || mayAddLocked(Kind.GROUP, gid, bytes, 1));
            if (!fits) {
                throw Errno.EDQUOT.exception();
            }
            addLocked(uid, gid, bytes, 1);
            addLocked(oldUid, oldGid, -bytes, -1);
            inode.setOwner(uid, gid);
        } finally {
            lock.unlock();
        }
    }

    private boolean mayAddLocked(int uid, int gid, long bytes, long inodes) {
        return mayAddLocked(Kind.USER, uid, bytes, inodes)
                && mayAddLocked(Kind.GROUP, gid, bytes, inodes);
    }

    private boolean mayAddLocked(Kind kind, int id, long bytes, long inodes) {
        @Nullable QuotaTable table = tables.get(kind);
        return table == null || table.mayAdd(id, bytes, inodes, now()) || isPrivileged();
    }

    private void addLocked(int uid, int gid, long bytes, long inodes) {
        tables.forEach((kind, table) -> table.add(kind == Kind.USER ? uid : gid, bytes, inodes));
    }

    /** What the kernel host does by itself is not held up either. */
    private static boolean isPrivileged() {
        Task task = PayingThread.current();
        return task == null || task.credentials().can(Capabilities.CAP_SYS_RESOURCE);
    }

    private long now() {
        return filesystem.nowNs() / NS_PER_SECOND;
    }

    @Override
    public int format() {
        return QuotaConstants.QFMT_SHMEM;
    }

    @Override
    public boolean counts(Kind kind) {
        return tables.containsKey(kind);
    }

    /** ESRCH if it does not count them. */
    private QuotaTable table(Kind kind) {
        @Nullable QuotaTable table = tables.get(kind);
        if (table == null) {
            throw Errno.ESRCH.exception();
        }
        return table;
    }

    @Override
    public IfNextdqblk quota(Kind kind, int id) {
        lock.lock();
        try {
            return table(kind).quota(id);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public OptionalInt next(Kind kind, int id) {
        lock.lock();
        try {
            return table(kind).next(id);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void set(Kind kind, int id, IfNextdqblk wanted) {
        lock.lock();
        try {
            table(kind).set(id, wanted, now());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public IfDqinfo info(Kind kind) {
        lock.lock();
        try {
            return table(kind).info();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void setInfo(Kind kind, IfDqinfo wanted) {
        lock.lock();
        try {
            table(kind).setInfo(wanted);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void enforce(Kind kind, boolean on) {
        lock.lock();
        try {
            table(kind).enforce(on);
        } finally {
            lock.unlock();
        }
    }
}
