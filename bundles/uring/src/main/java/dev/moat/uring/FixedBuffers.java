package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.Iovec;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.List;

/** Memory that is registered with a ring, for IORING_OP_READ_FIXED and its opposite. */
@Stateful(version = 2)
final class FixedBuffers {
    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock. */
    private List<Iovec> buffers = List.of();

    FixedBuffers(Keeping keeping) {
        this.keeping = keeping;
    }

    /** EBUSY if there are some; ENOMEM. */
    void register(List<Iovec> given) {
        lock.lock();
        try {
            if (!buffers.isEmpty()) {
                throw Errno.EBUSY.exception();
            }
            keeping.take(given.size());
            buffers = List.copyOf(given);
        } finally {
            lock.unlock();
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
        lock.lock();
        try {
            boolean some = !buffers.isEmpty();
            keeping.giveBack(buffers.size());
            buffers = List.of();
            return some;
        } finally {
            lock.unlock();
        }
    }

    /** EFAULT unless the range lies in the buffer: io_import_fixed. */
    void check(int index, long addr, int length) {
        List<Iovec> known;
        lock.lock();
        try {
            known = buffers;
        } finally {
            lock.unlock();
        }
        if (index >= known.size()) {
            throw Errno.EFAULT.exception();
        }
        Iovec buffer = known.get(index);
        long end = addr + Integer.toUnsignedLong(length);
        if (addr < buffer.base() || end < addr || end > buffer.base() + buffer.lengthBytes()) {
            throw Errno.EFAULT.exception();
        }
    }
}
