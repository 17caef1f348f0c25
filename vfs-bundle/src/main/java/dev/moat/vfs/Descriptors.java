package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Rlimits;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.async.AsyncNotices;
import dev.moat.vfs.lock.FileLocks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A descriptor table. Lookups read one array; changes take the lock. */
@Stateful
final class Descriptors implements FdTable {
    /** A place, with its bits. */
    private static final int SLOT_BYTES = 8;

    private static final int FIRST_SLOTS = 64;

    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);
    private final AtomicInteger users = new AtomicInteger(1);

    /** Grows by replacement, under the lock; the old array is never written again. */
    private volatile AtomicReferenceArray<@Nullable FileDescription> slots;

    /** Guarded by the lock. */
    private final BitSet used = new BitSet();

    private final BitSet closeOnExec = new BitSet();

    /** Pays for more than the first slots; null if there are no more. Guarded by the lock. */
    private @Nullable HeapCharge heap;

    /** Null: an earlier revision made it. */
    private final @Nullable VfsSettings settings;

    Descriptors(@Nullable VfsSettings settings) {
        this.settings = settings;
        this.slots = new AtomicReferenceArray<>(FIRST_SLOTS);
    }

    /** sysctl fs.nr_open: it is looked at when the table grows, as in expand_files(). */
    private int mostSlots() {
        return settings == null ? 1 << 20 : settings.get(VfsSettings.Setting.NR_OPEN);
    }

    @Override
    public FileDescription acquire(int fd) {
        FileDescription file = tryAcquire(fd);
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    @Override
    public @Nullable FileDescription tryAcquire(int fd) {
        while (true) {
            FileDescription file = slot(fd);
            if (file == null) {
                return null;
            }
            if (file.tryRetain()) {
                // The number may have been reused between the read and the reference.
                if (slot(fd) == file) {
                    return file;
                }
                file.release();
            }
        }
    }

    private @Nullable FileDescription slot(int fd) {
        AtomicReferenceArray<@Nullable FileDescription> now = slots;
        return fd >= 0 && fd < now.length() ? now.get(fd) : null;
    }

    @Override
    public int install(FileDescription file, int minimum, boolean onExec, long limit) {
        try {
            file.chargeOnce();
        } catch (ErrnoException e) {
            file.release();
            throw e;
        }
        int fd = -1;
        Errno error = Errno.EMFILE;
        lock.lock();
        try {
            if (minimum < 0 || minimum >= limit) {
                error = Errno.EINVAL;
            } else {
                int free = used.nextClearBit(minimum);
                if (free < limit && isInReachLocked(free)) {
                    error = Errno.ENOMEM;
                    if (growLocked(free)) {
                        putLocked(free, file, onExec);
                        fd = free;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        if (fd < 0) {
            file.release();
            throw error.exception();
        }
        return fd;
    }

    @Override
    public int install(Task task, FileDescription file, boolean onExec) {
        long limit = task.group().limits().soft(Rlimits.RLIMIT_NOFILE);
        if (limit == 0) {
            file.release();
            throw Errno.EMFILE.exception();
        }
        return install(file, 0, onExec, limit);
    }

    private void putLocked(int fd, @Nullable FileDescription file, boolean onExec) {
        slots.set(fd, file);
        used.set(fd, file != null);
        closeOnExec.set(fd, onExec);
    }

    private boolean isInReachLocked(int fd) {
        return missing(fd) == 0 || fd < mostSlots();
    }

    /** Makes a place for a descriptor; false: there is no memory. */
    private boolean growLocked(int fd) {
        int more = missing(fd);
        if (more > 0) {
            if (!payingLocked().tryGrow((long) more * SLOT_BYTES)) {
                return false;
            }
            extendLocked(more);
        }
        return true;
    }

    /** The same for a copy: whoever forks was asked whether there is memory. */
    private void growAnywayLocked(int fd) {
        int more = missing(fd);
        if (more > 0) {
            payingLocked().grow((long) more * SLOT_BYTES);
            extendLocked(more);
        }
    }

    private int missing(int fd) {
        int length = slots.length();
        return fd < length ? 0 : Math.max(Integer.highestOneBit(fd) << 1, length * 2) - length;
    }

    private HeapCharge payingLocked() {
        HeapCharge paying = heap;
        if (paying == null) {
            paying = HeapCharge.ofCaller(HeapUse.FILES);
            heap = paying;
        }
        return paying;
    }

    private void extendLocked(int more) {
        AtomicReferenceArray<@Nullable FileDescription> old = slots;
        int length = old.length() + more;
        AtomicReferenceArray<@Nullable FileDescription> bigger = new AtomicReferenceArray<>(length);
        for (int i = 0; i < old.length(); i++) {
            bigger.setPlain(i, old.get(i));
        }
        slots = bigger;
    }

    @Override
    public void replace(Task task, int fd, FileDescription file, boolean onExec) {
        if (fd < 0 || fd >= task.group().limits().soft(Rlimits.RLIMIT_NOFILE)) {
            file.release();
            throw Errno.EBADF.exception();
        }
        FileDescription old;
        boolean near;
        boolean put;
        lock.lock();
        try {
            old = slot(fd);
            near = isInReachLocked(fd);
            put = near && growLocked(fd);
            if (put) {
                putLocked(fd, file, onExec);
            }
        } finally {
            lock.unlock();
        }
        if (!put) {
            file.release();
            throw (near ? Errno.ENOMEM : Errno.EBADF).exception();
        }
        if (old != null) {
            drop(task, old);
        }
    }

    /** Gives what close(2) tells: 0 or a negative errno. */
    private long drop(Task task, FileDescription file) {
        try {
            // Any close of a file ends all POSIX locks that the process has on it.
            FileLocks locks = FileLocks.ofExisting(file.inode());
            if (locks != null) {
                locks.giveUp(this, 0, Long.MAX_VALUE);
            }
            AsyncNotices.descriptorClosed(file, this);
            file.descriptorClosed(task);
            return 0;
        } catch (ErrnoException e) {
            return e.errno().negated();
        } finally {
            file.release();
        }
    }

    @Override
    public long close(Task task, int fd) {
        FileDescription file = takeOut(fd);
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return drop(task, file);
    }

    private @Nullable FileDescription takeOut(int fd) {
        lock.lock();
        try {
            FileDescription file = slot(fd);
            if (file != null) {
                putLocked(fd, null, false);
            }
            return file;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isCloseOnExec(int fd) {
        lock.lock();
        try {
            requireLocked(fd);
            return closeOnExec.get(fd);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void setCloseOnExec(int fd, boolean onExec) {
        lock.lock();
        try {
            requireLocked(fd);
            closeOnExec.set(fd, onExec);
        } finally {
            lock.unlock();
        }
    }

    private void requireLocked(int fd) {
        if (slot(fd) == null) {
            throw Errno.EBADF.exception();
        }
    }

    @Override
    public void closeRange(Task task, int first, int last, boolean onlyMark) {
        // Both are unsigned: a negative number is beyond every descriptor.
        if (first < 0) {
            return;
        }
        int end = last < 0 ? Integer.MAX_VALUE - 1 : last;
        List<FileDescription> closed = new ArrayList<>();
        lock.lock();
        try {
            for (int fd = used.nextSetBit(first); fd >= 0 && fd <= end; ) {
                if (onlyMark) {
                    closeOnExec.set(fd);
                } else {
                    takeLocked(fd, closed);
                }
                fd = used.nextSetBit(fd + 1);
            }
        } finally {
            lock.unlock();
        }
        dropAll(task, closed);
    }

    private void takeLocked(int fd, List<FileDescription> taken) {
        FileDescription file = slot(fd);
        if (file != null) {
            taken.add(file);
        }
        putLocked(fd, null, false);
    }

    private void dropAll(Task task, List<FileDescription> files) {
        for (FileDescription file : files) {
            drop(task, file);
        }
    }

    @Override
    public void closeOnExec(Task task) {
        List<FileDescription> closed = new ArrayList<>();
        lock.lock();
        try {
            for (int fd = closeOnExec.nextSetBit(0); fd >= 0; fd = closeOnExec.nextSetBit(fd + 1)) {
                takeLocked(fd, closed);
            }
        } finally {
            lock.unlock();
        }
        dropAll(task, closed);
    }

    @Override
    public FdTable fork() {
        Descriptors copy = new Descriptors(settings);
        lock.lock();
        try {
            copy.growAnywayLocked(Math.max(0, used.length() - 1));
            for (int fd = used.nextSetBit(0); fd >= 0; fd = used.nextSetBit(fd + 1)) {
                FileDescription file = slot(fd);
                if (file != null && file.tryRetain()) {
                    copy.slots.set(fd, file);
                    copy.used.set(fd);
                    copy.closeOnExec.set(fd, closeOnExec.get(fd));
                }
            }
        } finally {
            lock.unlock();
        }
        return copy;
    }

    /** Rounds the limit up to whole words of bits: alloc_fdtable(). */
    @Override
    public void checkCopy() {
        int length;
        lock.lock();
        try {
            length = used.length();
        } finally {
            lock.unlock();
        }
        if (length > FIRST_SLOTS && length > (mostSlots() - 1 | Long.SIZE - 1) + 1) {
            throw Errno.EMFILE.exception();
        }
    }

    @Override
    public void retain() {
        users.incrementAndGet();
    }

    @Override
    public void release(Task task) {
        if (users.decrementAndGet() == 0) {
            closeRange(task, 0, -1, false);
            giveBack();
        }
    }

    /** Nobody uses the table any more. */
    private void giveBack() {
        lock.lock();
        try {
            if (heap != null) {
                heap.clear();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int users() {
        return users.get();
    }

    @Override
    public int openCount() {
        lock.lock();
        try {
            return used.cardinality();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Integer> collectFds() {
        lock.lock();
        try {
            return used.stream().boxed().toList();
        } finally {
            lock.unlock();
        }
    }
}
