package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.UFFD_USER_MODE_ONLY;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.PollFlags;
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

    /** What was not read yet, oldest first; null: nothing. */
    private @Nullable List<UserfaultEvent> events;

    private boolean closed;

    /** UFFDIO_API was called. Volatile, as the next one: written once. */
    private volatile boolean agreed;

    private volatile long features;

    /** Whether accesses of the kernel wait, too: no UFFD_USER_MODE_ONLY. */
    private final boolean servesKernel;

    /** Whether files for children are closed on exec, as this one was made. */
    private final boolean closesOnExec;

    /**
     * @param flags O_NONBLOCK, O_CLOEXEC, UFFD_USER_MODE_ONLY
     */
    UserfaultFile(Space space, int flags) {
        super(READ_WRITE | flags & OpenFlags.O_NONBLOCK);
        this.pages = new UserfaultPages(space, this);
        this.servesKernel = (flags & UFFD_USER_MODE_ONLY) == 0;
        this.closesOnExec = (flags & OpenFlags.O_CLOEXEC) != 0;
    }

    /** Of a child process, to answer its faults in the same way. */
    UserfaultFile forFork(Space child) {
        int flags = flags() & OpenFlags.O_NONBLOCK;
        flags |= servesKernel ? 0 : UFFD_USER_MODE_ONLY;
        flags |= closesOnExec ? OpenFlags.O_CLOEXEC : 0;
        UserfaultFile file = new UserfaultFile(child, flags);
        file.agree(features);
        return file;
    }

    boolean isAgreed() {
        return agreed;
    }

    boolean has(long feature) {
        return (features & feature) != 0;
    }

    boolean servesKernel() {
        return servesKernel;
    }

    /** False if that was done already. */
    boolean agree(long wanted) {
        lock.lock();
        try {
            if (agreed) {
                return false;
            }
            features = wanted;
            agreed = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    WaitQueue faulters() {
        return faulters;
    }

    /** A task waits for a page from here on; null if nobody will answer. */
    @Nullable PendingFault add(long address, long reason, boolean write, int tid) {
        PendingFault fault = new PendingFault(this, address, reason, write, tid);
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

    /** A task waits until this is read. */
    void add(UserfaultEvent event) {
        lock.lock();
        try {
            if (closed) {
                event.finish();
                return;
            }
            if (events == null) {
                events = new ArrayList<>();
            }
            events.add(event);
        } finally {
            lock.unlock();
        }
        readers.wakeAll(READABLE);
    }

    void forget(PendingFault fault) {
        lock.lock();
        try {
            pending.remove(fault);
        } finally {
            lock.unlock();
        }
    }

    void forget(UserfaultEvent event) {
        lock.lock();
        try {
            if (events != null) {
                events.remove(event);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether something changes that was not read of yet: then nothing is to be given. */
    boolean isChanging() {
        lock.lock();
        try {
            return events != null && !events.isEmpty();
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
    public boolean hasWrite() {
        return false;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (!agreed) {
            throw Errno.EINVAL.exception();
        }
        if (target.remaining() < UserfaultMessage.BYTES) {
            throw Errno.EINVAL.exception();
        }
        long done = 0;
        while (target.remaining() >= UserfaultMessage.BYTES) {
            MemorySegment message;
            try {
                message = next(task);
            } catch (ErrnoException e) {
                return done == 0 ? e.errno().negated() : done;
            }
            if (message == null) {
                break;
            }
            if (target.put(message, 0, UserfaultMessage.BYTES) < UserfaultMessage.BYTES) {
                return done == 0 ? Errno.EFAULT.negated() : done;
            }
            done += UserfaultMessage.BYTES;
        }
        return done == 0 ? Errno.EAGAIN.negated() : done;
    }

    /** Faults before everything else, as Linux does. */
    private @Nullable MemorySegment next(Task task) {
        UserfaultEvent event;
        lock.lock();
        try {
            for (PendingFault fault : pending) {
                if (!fault.told && !fault.isOver()) {
                    fault.told = true;
                    return UserfaultMessage.of(fault, features);
                }
            }
            if (events == null || events.isEmpty()) {
                return null;
            }
            event = events.removeFirst();
        } finally {
            lock.unlock();
        }
        int fd;
        try {
            fd = install(task, event);
        } catch (ErrnoException e) {
            add(event);
            throw e;
        }
        event.finish();
        faulters.wakeAll(WaitQueue.ANY);
        return UserfaultMessage.of(event, fd);
    }

    /** Gives the reader the file of a child; it stays unread if that is impossible. */
    private static int install(Task task, UserfaultEvent event) {
        UserfaultFile child = event.child();
        if (child == null || !child.tryRetain()) {
            return 0;
        }
        return task.files().install(task, child, child.closesOnExec);
    }

    @Override
    public int readiness() {
        // In blocking mode a reader must not rely on it: another one may have been faster.
        if (!agreed || !isNonBlocking()) {
            return PollFlags.POLLERR;
        }
        lock.lock();
        try {
            boolean untold = pending.stream().anyMatch(fault -> !fault.told && !fault.isOver());
            return untold || events != null && !events.isEmpty() ? READABLE : 0;
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
            if (events != null) {
                events.forEach(UserfaultEvent::finish);
            }
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
