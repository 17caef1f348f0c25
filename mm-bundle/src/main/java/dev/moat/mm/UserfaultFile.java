package dev.moat.mm;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessInode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An open userfaultfd(2): tells of faults in areas that are registered with it. */
@Stateful
final class UserfaultFile extends FileDescription {
    /** O_RDWR. */
    private static final int READ_WRITE = 2;

    /** {@code struct uffd_msg}. */
    private static final int MESSAGE_BYTES = 32;

    private static final int READABLE = PollFlags.POLLIN | PollFlags.POLLRDNORM;

    private final Inode inode = NamelessInode.anonymous();
    private final UserfaultPages pages;

    /** Of those who read messages. */
    private final WaitQueue readers = new WaitQueue();

    /** Of those who wait for pages. */
    private final WaitQueue faulters = new WaitQueue();

    /** Taken under the mapping lock of the space. */
    private final RankedLock lock = new RankedLock(LockRank.MM_PAGES);

    /** Guarded by lock, as all below. */
    private final List<PendingFault> pending = new ArrayList<>();

    private boolean closed;

    /** UFFDIO_API was called. Volatile, as the next one: written once. */
    private volatile boolean agreed;

    private volatile long features;

    UserfaultFile(Space space, int flags) {
        super(READ_WRITE | flags);
        this.pages = new UserfaultPages(space, this);
    }

    boolean isAgreed() {
        return agreed;
    }

    boolean has(long feature) {
        return (features & feature) != 0;
    }

    /** EINVAL if that was done already. */
    void agree(long wanted) {
        lock.lock();
        try {
            if (agreed) {
                throw Errno.EINVAL.exception();
            }
            features = wanted;
            agreed = true;
        } finally {
            lock.unlock();
        }
    }

    WaitQueue faulters() {
        return faulters;
    }

    /** A task waits for a page from here on; null if nobody will answer. */
    @Nullable PendingFault add(long address, boolean write, int tid) {
        PendingFault fault = new PendingFault(this, address, write, tid);
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            pending.add(fault);
        } finally {
            lock.unlock();
        }
        readers.wakeAll(READABLE);
        return fault;
    }

    void forget(PendingFault fault) {
        lock.lock();
        try {
            pending.remove(fault);
        } finally {
            lock.unlock();
        }
    }

    /** Lets those go on who wait for a page of the range. */
    void wake(long start, long end) {
        lock.lock();
        try {
            for (PendingFault fault : pending) {
                if (fault.address >= start && fault.address < end) {
                    fault.finish();
                }
            }
        } finally {
            lock.unlock();
        }
        faulters.wakeAll(WaitQueue.ANY);
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (!agreed) {
            throw Errno.EINVAL.exception();
        }
        if (target.remaining() < MESSAGE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        long done = 0;
        while (target.remaining() >= MESSAGE_BYTES) {
            PendingFault fault = takeUntold();
            if (fault == null) {
                break;
            }
            if (target.put(message(fault), 0, MESSAGE_BYTES) < MESSAGE_BYTES) {
                return done == 0 ? Errno.EFAULT.negated() : done;
            }
            done += MESSAGE_BYTES;
        }
        return done == 0 ? Errno.EAGAIN.negated() : done;
    }

    private @Nullable PendingFault takeUntold() {
        lock.lock();
        try {
            for (PendingFault fault : pending) {
                if (!fault.told && !fault.isOver()) {
                    fault.told = true;
                    return fault;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private MemorySegment message(PendingFault fault) {
        MemorySegment message = MemorySegment.ofArray(new byte[MESSAGE_BYTES]);
        boolean exact = has(Userfaultfd.UFFD_FEATURE_EXACT_ADDRESS);
        message.set(JAVA_INT_UNALIGNED, 0, Userfaultfd.UFFD_EVENT_PAGEFAULT);
        message.set(
                JAVA_LONG_UNALIGNED, 8, fault.write ? Userfaultfd.UFFD_PAGEFAULT_FLAG_WRITE : 0);
        message.set(JAVA_LONG_UNALIGNED, 16, exact ? fault.address : Pages.floor(fault.address));
        if (has(Userfaultfd.UFFD_FEATURE_THREAD_ID)) {
            message.set(JAVA_INT_UNALIGNED, 24, fault.tid);
        }
        return message;
    }

    @Override
    public int readiness() {
        if (!agreed) {
            return PollFlags.POLLERR;
        }
        // A reader must not wait: another one may have been faster.
        if (!isNonBlocking()) {
            return PollFlags.POLLERR;
        }
        lock.lock();
        try {
            boolean untold = pending.stream().anyMatch(fault -> !fault.told && !fault.isOver());
            return untold ? READABLE : 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return readers;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return new UserfaultIoctl(this, pages).run(task, command, argument);
    }

    @Override
    protected void closed() {
        pages.unregisterAll();
        lock.lock();
        try {
            closed = true;
            pending.forEach(PendingFault::finish);
        } finally {
            lock.unlock();
        }
        faulters.wakeAll(WaitQueue.ANY);
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[userfaultfd]";
    }
}
