package dev.moat.vfs.event;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** eventfd(2): a counter that can be waited on. */
@Stateful
public final class EventFile extends FileDescription {
    /** Without the NORM bits: eventfd_poll(). */
    private static final int IN = PollFlags.POLLIN;

    private static final int OUT = PollFlags.POLLOUT;

    /** Unsigned: 2^64 - 1, which only events of the kernel reach. */
    private static final long FULL = -1;

    private final Inode inode;
    private final boolean semaphore;
    private final WaitQueue waiters = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Unsigned; guarded by the lock, like the room for one value. */
    private long count;

    private final MemorySegment value = MemorySegment.ofArray(new byte[8]);

    public EventFile(Inode inode, long initial, boolean semaphore, int flags) {
        super(flags);
        this.inode = inode;
        this.count = initial;
        this.semaphore = semaphore;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public boolean takesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        // noop_llseek(): the position stays where it is.
        return 0;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[eventfd]";
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (target.remaining() < 8) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            if (count == 0) {
                return Errno.EAGAIN.negated();
            }
            long taken = semaphore ? 1 : count;
            value.set(JAVA_LONG_UNALIGNED, 0, taken);
            count -= taken;
            if (target.put(value, 0, 8) < 8) {
                return Errno.EFAULT.negated();
            }
        } finally {
            lock.unlock();
        }
        waiters.wakeAll(OUT);
        return 8;
    }

    @Override
    public boolean writesAll() {
        return false;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        if (source.remaining() != 8) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            if (source.get(value, 0, 8) < 8) {
                return Errno.EFAULT.negated();
            }
            long added = value.get(JAVA_LONG_UNALIGNED, 0);
            if (added == FULL) {
                throw Errno.EINVAL.exception();
            }
            // Room for it: the sum must stay below 2^64 - 1.
            if (Long.compareUnsigned(FULL - count, added) <= 0) {
                source.rewind(source.transferred() - 8);
                return Errno.EAGAIN.negated();
            }
            count += added;
        } finally {
            lock.unlock();
        }
        waiters.wakeAll(IN);
        return 8;
    }

    /** eventfd_signal(): says by POLLERR that some were too many. */
    @Override
    public void countEvent() {
        lock.lock();
        try {
            count += count == FULL ? 0 : 1;
        } finally {
            lock.unlock();
        }
        waiters.wakeAll(IN | PollFlags.POLLERR);
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            int ready = count != 0 ? IN : 0;
            if (count == FULL) {
                ready |= PollFlags.POLLERR;
            }
            return Long.compareUnsigned(FULL - 1, count) > 0 ? ready | OUT : ready;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return waiters;
    }

    @Override
    public String describeExtra() {
        lock.lock();
        try {
            return "eventfd-count: %16x\n".formatted(count);
        } finally {
            lock.unlock();
        }
    }
}
