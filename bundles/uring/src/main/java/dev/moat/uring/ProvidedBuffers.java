package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
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

    /** A group: either a list, or a ring of {@code entries} in memory shared with the guest. */
    @Stateful(version = 2)
    static final class Group {
        private final ArrayDeque<Buffer> list = new ArrayDeque<>();
        private final @Nullable SharedRegion region;
        private final int entries;
        private int head;

        /** What was taken from the ring last; null if that was given back. */
        private @Nullable Buffer last;

        Group(@Nullable SharedRegion region, int entries) {
            this.region = region;
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
                to = new Group(null, 0);
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

    /** EINVAL: no ring can have as many; EEXIST: the group has buffers. */
    void checkNew(int group, int entries) {
        if (entries <= 0 || entries >= MOST_BUFFERS || Integer.bitCount(entries) != 1) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            Group old = groups.get(group);
            if (old != null && (old.isRing() || !old.list.isEmpty())) {
                throw Errno.EEXIST.exception();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What a ring of so many takes. */
    static long ringBytes(int entries) {
        return (long) entries * ENTRY_BYTES;
    }

    /**
     * IORING_REGISTER_PBUF_RING, which {@link #checkNew} allows.
     *
     * @param region passes to the group unless this fails
     * @throws dev.moat.abi.ErrnoException EEXIST, ENOMEM
     */
    void registerRing(int group, SharedRegion region, int entries) {
        lock.lock();
        try {
            Group old = groups.get(group);
            if (old != null && (old.isRing() || !old.list.isEmpty())) {
                throw Errno.EEXIST.exception();
            }
            if (old == null) {
                keeping.take(1);
            }
            groups.put(group, new Group(region, entries));
        } finally {
            lock.unlock();
        }
    }

    /** IORING_UNREGISTER_PBUF_RING. */
    void unregisterRing(int group) {
        Group old;
        lock.lock();
        try {
            old = groups.get(group);
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
        if (old.region != null) {
            old.region.close();
        }
    }

    /** The ring of a group, to be mapped: ENOMEM if it has none, or the guest has brought it. */
    Mappable mappable(int group) {
        lock.lock();
        try {
            Group known = groups.get(group);
            if (known == null || known.region == null) {
                throw Errno.ENOMEM.exception();
            }
            return known.region.mappable();
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

    /** Takes a buffer; null if the group has none. */
    @Nullable Buffer take(int group) {
        lock.lock();
        try {
            Group from = groups.get(group);
            if (from == null) {
                return null;
            }
            Buffer returned = from.list.pollFirst();
            keeping.giveBack(returned == null ? 0 : 1);
            SharedRegion region = from.region;
            return returned == null && region != null ? takeFromRing(from, region) : returned;
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable Buffer takeFromRing(Group from, SharedRegion region) {
        short tail = region.read(TAIL, Short.BYTES).get(JAVA_SHORT_UNALIGNED, 0);
        if ((short) from.head == tail) {
            return null;
        }
        long at = ringBytes(from.head & (from.entries - 1));
        MemorySegment entry = region.read(at, ENTRY_BYTES);
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
        List<Group> old;
        lock.lock();
        try {
            old = List.copyOf(groups.values());
            groups.values().forEach(group -> keeping.giveBack(1 + group.list.size()));
            groups.clear();
        } finally {
            lock.unlock();
        }
        for (Group group : old) {
            if (group.region != null) {
                group.region.close();
            }
        }
    }
}
