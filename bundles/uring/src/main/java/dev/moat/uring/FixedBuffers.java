package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.Iovec;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Memory that is registered with a ring, for IORING_OP_READ_FIXED and its like. */
@Stateful(version = 3)
final class FixedBuffers {
    /** IORING_MAX_REG_BUFFERS, io_uring/rsrc.h. */
    static final int MOST = 1 << 14;

    /**
     * A slot.
     *
     * @param range base 0: empty
     */
    record Slot(Iovec range, @Nullable Resource resource) {
        static final Slot EMPTY = new Slot(new Iovec(0, 0), null);
    }

    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock. */
    private List<Slot> buffers = List.of();

    FixedBuffers(Keeping keeping) {
        this.keeping = keeping;
    }

    /** EBUSY if there are some; ENOMEM. */
    void register(List<Slot> given) {
        lock.lock();
        try {
            if (!buffers.isEmpty()) {
                throw Errno.EBUSY.exception();
            }
            keeping.take(given.size());
            buffers = new ArrayList<>(given);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces a slot, which {@link #checkRange} allows.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: it is gone
     */
    void update(int index, Slot slot) {
        Slot old;
        lock.lock();
        try {
            if (index >= buffers.size()) {
                throw Errno.EINVAL.exception();
            }
            old = buffers.set(index, slot);
        } finally {
            lock.unlock();
        }
        Resource.drop(old.resource());
    }

    /** ENXIO if there are no buffers, EINVAL beyond them. */
    void checkRange(long start, long count) {
        int size = copy().size();
        if (size == 0) {
            throw Errno.ENXIO.exception();
        }
        if (start + count > size) {
            throw Errno.EINVAL.exception();
        }
    }

    /** All slots as they are. */
    List<Slot> copy() {
        lock.lock();
        try {
            return List.copyOf(buffers);
        } finally {
            lock.unlock();
        }
    }

    /** Puts others in place of all; those that are not among them are released. */
    void replace(List<Slot> fresh) {
        List<Slot> old;
        lock.lock();
        try {
            keeping.take(fresh.size());
            old = buffers;
            keeping.giveBack(old.size());
            buffers = new ArrayList<>(fresh);
        } finally {
            lock.unlock();
        }
        for (Slot slot : old) {
            if (!fresh.contains(slot)) {
                Resource.drop(slot.resource());
            }
        }
    }

    /** ENXIO if there are none. */
    void unregister() {
        if (!clear()) {
            throw Errno.ENXIO.exception();
        }
    }

    /** Forgets them; whether there were any. */
    boolean clear() {
        List<Slot> old;
        lock.lock();
        try {
            old = buffers;
            keeping.giveBack(old.size());
            buffers = List.of();
        } finally {
            lock.unlock();
        }
        old.forEach(slot -> Resource.drop(slot.resource()));
        return !old.isEmpty();
    }

    /**
     * Takes a buffer for an operation on {@code ranges}.
     *
     * @return its tag's, which waits for the operation, too; null if it has none
     * @throws dev.moat.abi.ErrnoException EFAULT unless they lie in it: io_import_fixed
     */
    @Nullable Resource hold(int index, List<Iovec> ranges) {
        lock.lock();
        try {
            if (index >= buffers.size()) {
                throw Errno.EFAULT.exception();
            }
            Slot slot = buffers.get(index);
            if (slot.range().base() == 0) {
                throw Errno.EFAULT.exception();
            }
            for (Iovec range : ranges) {
                check(slot.range(), range);
            }
            return Resource.share(slot.resource());
        } finally {
            lock.unlock();
        }
    }

    private static void check(Iovec buffer, Iovec range) {
        long end = range.base() + range.lengthBytes();
        if (buffer.base() == 0
                || Long.compareUnsigned(range.base(), buffer.base()) < 0
                || Long.compareUnsigned(end, range.base()) < 0
                || Long.compareUnsigned(end, buffer.base() + buffer.lengthBytes()) > 0) {
            throw Errno.EFAULT.exception();
        }
    }
}
