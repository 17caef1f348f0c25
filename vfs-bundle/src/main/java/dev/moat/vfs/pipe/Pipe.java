package dev.moat.vfs.pipe;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * A pipe, pipe(7): bytes in order, writes of up to PIPE_BUF bytes atomic, EPIPE without readers,
 * end of file without writers. Thread safe; never blocks.
 */
@Stateful
public final class Pipe {
    private static final int IN = PollFlags.POLLIN | PollFlags.POLLRDNORM;
    private static final int OUT = PollFlags.POLLOUT | PollFlags.POLLWRNORM;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final PipeRing ring = new PipeRing();

    private final WaitQueue readable = new WaitQueue();
    private final WaitQueue writable = new WaitQueue();

    /** For ends that are open for both. */
    private final WaitQueue either = new WaitQueue();

    // All guarded by the lock.

    /** Null while it is open nowhere, or if an earlier revision made it. */
    private @Nullable PipeUser user;

    private int capacity = Limits.PIPE_DEF_SIZE;
    private int readers;
    private int writers;

    /** Opens so far: how a fifo's open(2) notices that a peer came, even if it is gone again. */
    private int readersEver;

    private int writersEver;

    /**
     * Adds an end; {@code access} is O_RDONLY, O_WRONLY or O_RDWR. The first one makes the pipe.
     *
     * @throws dev.moat.abi.ErrnoException ENFILE, ENOMEM: the caller has too much already
     */
    void opened(int access) {
        PipeUser offered = null;
        while (!tryOpen(access, offered)) {
            // With no lock held: it asks the sandbox.
            offered = PipeUser.ofCaller();
        }
        // For those who wait for a peer: nothing became ready.
        readable.wakeAll(0);
        writable.wakeAll(0);
        either.wakeAll(0);
    }

    /**
     * False if nobody has it open yet and nobody was {@code offered} who pays for it; whoever is
     * not needed is closed.
     */
    private boolean tryOpen(int access, @Nullable PipeUser offered) {
        PipeUser spare = offered;
        lock.lock();
        try {
            if (readers + writers == 0) {
                if (offered == null) {
                    return false;
                }
                spare = null;
                user = offered;
                capacity = offered.pages() * PipeRing.SMALLEST;
            }
            if (access != OpenFlags.O_WRONLY) {
                readers++;
                readersEver++;
            }
            if (access != OpenFlags.O_RDONLY) {
                writers++;
                writersEver++;
            }
        } finally {
            lock.unlock();
            if (spare != null) {
                spare.close();
            }
        }
        return true;
    }

    void closed(int access) {
        lock.lock();
        try {
            if (access != OpenFlags.O_WRONLY) {
                readers--;
            }
            if (access != OpenFlags.O_RDONLY) {
                writers--;
            }
            if (readers + writers == 0) {
                endLocked();
            }
        } finally {
            lock.unlock();
        }
        wake(PollFlags.POLLHUP | PollFlags.POLLERR);
    }

    /** put_pipe_info(): what nobody has read is lost. */
    private void endLocked() {
        PipeUser made = user;
        user = null;
        ring.reset();
        if (made != null) {
            made.close();
        }
    }

    private @Nullable HeapCharge heapLocked() {
        PipeUser made = user;
        return made == null ? null : made.heap();
    }

    private void wake(int events) {
        readable.wakeAll(IN | events);
        writable.wakeAll(OUT | events);
        either.wakeAll(IN | OUT | events);
    }

    int readersEver() {
        lock.lock();
        try {
            return readersEver;
        } finally {
            lock.unlock();
        }
    }

    int writersEver() {
        lock.lock();
        try {
            return writersEver;
        } finally {
            lock.unlock();
        }
    }

    public boolean hasReaders() {
        lock.lock();
        try {
            return readers > 0;
        } finally {
            lock.unlock();
        }
    }

    public boolean hasWriters() {
        lock.lock();
        try {
            return writers > 0;
        } finally {
            lock.unlock();
        }
    }

    WaitQueue queue(int access) {
        return switch (access) {
            case OpenFlags.O_RDONLY -> readable;
            case OpenFlags.O_WRONLY -> writable;
            default -> either;
        };
    }

    /** Bytes, 0 at the end, -EAGAIN while writers may still come up with some, -EFAULT. */
    public long read(IoBuffer target) {
        long moved = 0;
        lock.lock();
        try {
            if (target.remaining() == 0) {
                return 0;
            }
            if (ring.count() == 0) {
                ring.idle(heapLocked());
                return writers == 0 ? 0 : Errno.EAGAIN.negated();
            }
            do {
                int part = ring.drain(target);
                moved += part;
            } while (target.remaining() > 0 && !target.faulted() && ring.continues());
            if (moved == 0 && target.faulted()) {
                return Errno.EFAULT.negated();
            }
            ring.settle(heapLocked());
        } finally {
            lock.unlock();
        }
        writable.wakeAll(OUT);
        either.wakeAll(OUT);
        return moved;
    }

    /**
     * Bytes, -EAGAIN if a small write does not fit as a whole or there is no room at all, -EFAULT,
     * -ENOMEM.
     *
     * @param packet whether it is a packet of its own, pipe2(2) O_DIRECT
     * @throws dev.moat.abi.ErrnoException EPIPE
     */
    public long write(IoBuffer source, boolean packet) {
        long moved;
        lock.lock();
        try {
            if (readers == 0) {
                throw Errno.EPIPE.exception();
            }
            long wanted = source.remaining();
            if (wanted == 0) {
                return 0;
            }
            if (packet) {
                wanted = Math.min(wanted, Limits.PIPE_BUF);
            }
            int free = capacity - ring.count();
            if (free <= 0 || wanted <= Limits.PIPE_BUF && free < wanted) {
                return Errno.EAGAIN.negated();
            }
            if (packet && ring.runs() >= capacity / PipeRing.SMALLEST) {
                // Each packet takes a page's place.
                return Errno.EAGAIN.negated();
            }
            int most = ring.reserve((int) Math.min(free, wanted), heapLocked());
            if (most == 0 || wanted <= Limits.PIPE_BUF && most < wanted) {
                return Errno.ENOMEM.negated();
            }
            moved = ring.fill(source, most, packet);
            if (moved == 0) {
                return Errno.EFAULT.negated();
            }
        } finally {
            lock.unlock();
        }
        readable.wakeAll(IN);
        either.wakeAll(IN);
        return moved;
    }

    /**
     * Makes memory ready for bytes that are to be appended.
     *
     * @return for how many, at most {@code wanted}
     * @throws dev.moat.abi.ErrnoException ENOMEM: for none
     */
    public int reserve(int wanted) {
        lock.lock();
        try {
            int most = ring.reserve(wanted, heapLocked());
            if (most == 0 && wanted > 0) {
                throw Errno.ENOMEM.exception();
            }
            return most;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in all of {@code source}, over the capacity if it must be: for what is consumed
     * already, splice(2).
     */
    public void append(IoBuffer source) {
        lock.lock();
        try {
            ring.reserveAnyway((int) source.remaining(), heapLocked());
            ring.fill(source, (int) source.remaining(), false);
        } finally {
            lock.unlock();
        }
        readable.wakeAll(IN);
        either.wakeAll(IN);
    }

    /** Takes out bytes that were peeked at. */
    public void discard(int length) {
        KernelBuffer sink = KernelBuffer.of(new byte[length]);
        lock.lock();
        try {
            while (sink.remaining() > 0 && ring.count() > 0) {
                ring.drain(sink);
            }
            ring.settle(heapLocked());
        } finally {
            lock.unlock();
        }
        writable.wakeAll(OUT);
        either.wakeAll(OUT);
    }

    /** Copies up to {@code length} bytes without taking them out. */
    public int peek(IoBuffer target, int length) {
        lock.lock();
        try {
            return ring.peek(target, length);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that can be read now. */
    public int count() {
        lock.lock();
        try {
            return ring.count();
        } finally {
            lock.unlock();
        }
    }

    /** Room for bytes. */
    public int free() {
        lock.lock();
        try {
            return Math.max(0, capacity - ring.count());
        } finally {
            lock.unlock();
        }
    }

    public int capacity() {
        lock.lock();
        try {
            return capacity;
        } finally {
            lock.unlock();
        }
    }

    /**
     * F_SETPIPE_SZ: rounds up to a power of two pages; gives the new capacity.
     *
     * @throws dev.moat.abi.ErrnoException EBUSY if more than that is in it; ENOMEM for more than 1
     *     GiB; EPERM: the caller's user has too many pages in pipes
     */
    public int resize(long wanted) {
        if (wanted > 1L << 30) {
            throw Errno.ENOMEM.exception();
        }
        int pages = (int) Math.max(1, (wanted + 4095) / 4096);
        int size = (pages == 1 ? 1 : Integer.highestOneBit(pages - 1) << 1) * 4096;
        lock.lock();
        try {
            if (ring.count() > size) {
                throw Errno.EBUSY.exception();
            }
            PipeUser made = user;
            if (made != null) {
                made.resize(size / PipeRing.SMALLEST);
            }
            capacity = size;
        } finally {
            lock.unlock();
        }
        writable.wakeAll(OUT);
        either.wakeAll(OUT);
        return size;
    }

    /**
     * POLL* bits of an end.
     *
     * @param writersAtOpen opens by writers when this end was opened: a fifo that no writer came to
     *     since shows no hang-up
     */
    int readiness(int access, int writersAtOpen) {
        lock.lock();
        try {
            int ready = 0;
            if (access != OpenFlags.O_WRONLY) {
                if (ring.count() > 0) {
                    ready |= IN;
                }
                if (writers == 0 && writersEver != writersAtOpen) {
                    ready |= PollFlags.POLLHUP;
                }
            }
            if (access != OpenFlags.O_RDONLY) {
                if (capacity - ring.count() >= Limits.PIPE_BUF
                        && ring.runs() < capacity / PipeRing.SMALLEST) {
                    ready |= OUT;
                }
                if (readers == 0) {
                    ready |= PollFlags.POLLERR;
                }
            }
            return ready;
        } finally {
            lock.unlock();
        }
    }
}
