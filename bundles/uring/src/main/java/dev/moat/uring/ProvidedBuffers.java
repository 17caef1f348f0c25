package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Buffers that operations choose when they have data: groups that the guest fills by operations
 * (IORING_OP_PROVIDE_BUFFERS), or by a ring in its memory (IORING_REGISTER_PBUF_RING).
 */
@Stateful(version = 2)
final class ProvidedBuffers {
    /** MAX_BIDS_PER_BGID, io_uring/kbuf.c. */
    private static final int MOST_BUFFERS = 1 << 16;

    private static final int ENTRY_BYTES = 16;

    /** Where the tail of a ring lies: in the reserved field of its first entry. */
    private static final int TAIL = 14;

    /** A buffer of a group. */
    record Buffer(long addr, int length, int id) {}

    /** A group: either a list, or a ring in guest memory of {@code entries}. */
    @Stateful
    static final class Group {
        private final ArrayDeque<Buffer> list = new ArrayDeque<>();
        private final long ringAddr;
        private final int entries;
        private int head;

        /** What was taken from the ring last; null if that was given back. */
        private @Nullable Buffer last;

        Group(long ringAddr, int entries) {
            this.ringAddr = ringAddr;
            this.entries = entries;
        }

        boolean isRing() {
            return entries != 0;
        }
    }

    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by lock, with what is in it. */
    private final Map<Integer, Group> groups = new HashMap<>();

    ProvidedBuffers(Keeping keeping) {
        this.keeping = keeping;
    }

    /** IORING_OP_PROVIDE_BUFFERS. */
    void provide(int group, long addr, int length, int count, int firstId) {
        if (count <= 0 || count > MOST_BUFFERS || length <= 0) {
            throw (count > MOST_BUFFERS ? Errno.E2BIG : Errno.EINVAL).exception();
        }
        if (firstId < 0 || firstId + count > MOST_BUFFERS) {
            throw (firstId < 0 || firstId > 0xffff ? Errno.E2BIG : Errno.EINVAL).exception();
        }
        lock.lock();
        try {
            Group to = groups.get(group);
            if (to != null && to.isRing()) {
                throw Errno.EINVAL.exception();
            }
            if (to == null) {
                keeping.take(1);
                to = new Group(0, 0);
                groups.put(group, to);
            }
            for (int i = 0; i < count; i++) {
                if (to.list.size() >= MOST_BUFFERS) {
                    throw Errno.ENOMEM.exception();
                }
                keeping.take(1);
                to.list.addLast(new Buffer(addr + (long) i * length, length, firstId + i));
            }
        } finally {
            lock.unlock();
        }
    }

    /** IORING_OP_REMOVE_BUFFERS: how many; ENOENT without such a group. */
    int remove(int group, int count) {
        if (count <= 0 || count > MOST_BUFFERS) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            Group from = groups.get(group);
            if (from == null) {
                throw Errno.ENOENT.exception();
            }
            if (from.isRing()) {
                throw Errno.EINVAL.exception();
            }
            int removed = 0;
            while (removed < count && from.list.pollFirst() != null) {
                removed++;
            }
            keeping.giveBack(removed);
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /** IORING_REGISTER_PBUF_RING: EEXIST, EINVAL. */
    void registerRing(int group, long addr, int entries) {
        boolean good = entries > 0 && entries < MOST_BUFFERS && Integer.bitCount(entries) == 1;
        if (!good || (addr & 0xfff) != 0) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            Group old = groups.get(group);
            if (old != null && (old.isRing() || !old.list.isEmpty())) {
                throw Errno.EEXIST.exception();
            }
            if (old == null) {
                keeping.take(1);
            }
            groups.put(group, new Group(addr, entries));
        } finally {
            lock.unlock();
        }
    }

    /** IORING_UNREGISTER_PBUF_RING. */
    void unregisterRing(int group) {
        lock.lock();
        try {
            Group old = groups.get(group);
            if (old == null) {
                throw Errno.ENOENT.exception();
            }
            if (!old.isRing()) {
                throw Errno.EINVAL.exception();
            }
            keeping.giveBack(1 + old.list.size());
            groups.remove(group);
        } finally {
            lock.unlock();
        }
    }

    /** How many buffers of a ring were taken, as far as 16 bits tell: ENOENT, EINVAL. */
    int headOf(int group) {
        lock.lock();
        try {
            Group known = groups.get(group);
            if (known == null) {
                throw Errno.ENOENT.exception();
            }
            if (!known.isRing()) {
                throw Errno.EINVAL.exception();
            }
            return known.head & 0xffff;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a buffer; null if the group has none.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT: the guest's ring cannot be read
     */
    @Nullable Buffer take(int group, UserMemory user) {
        lock.lock();
        try {
            Group from = groups.get(group);
            if (from == null) {
                return null;
            }
            Buffer returned = from.list.pollFirst();
            keeping.giveBack(returned == null ? 0 : 1);
            return returned == null && from.isRing() ? takeFromRing(from, user) : returned;
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable Buffer takeFromRing(Group from, UserMemory user) {
        // The word around the tail: id of the first entry below it.
        int tail = user.readIntVolatile(from.ringAddr + TAIL - 2) >>> 16;
        if ((short) from.head == (short) tail) {
            return null;
        }
        long at = from.ringAddr + (long) (from.head & (from.entries - 1)) * ENTRY_BYTES;
        MemorySegment entry = MemorySegment.ofArray(user.copyIn(at, ENTRY_BYTES));
        from.head++;
        Buffer taken =
                new Buffer(
                        entry.get(JAVA_LONG_UNALIGNED, 0),
                        entry.get(JAVA_INT_UNALIGNED, 8),
                        entry.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff);
        from.last = taken;
        return taken;
    }

    /** Gives a buffer back: nothing was put into it. */
    void giveBack(int group, Buffer buffer) {
        lock.lock();
        try {
            Group to = groups.get(group);
            if (to != null && buffer.equals(to.last)) {
                // as if it had never left the ring
                to.head--;
                to.last = null;
            } else if (to != null) {
                keeping.add(1);
                to.list.addFirst(buffer);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all groups: the ring is closed. */
    void clear() {
        lock.lock();
        try {
            groups.values().forEach(group -> keeping.giveBack(1 + group.list.size()));
            groups.clear();
        } finally {
            lock.unlock();
        }
    }
}
