package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    /** Where an entry says how long its buffer is; its address is before that. */
    private static final int LENGTH = 8;

    /** PEEK_MAX_IMPORT: more are not chosen at once. */
    static final int MOST_AT_ONCE = 256;

    /** A buffer of a group; its length is unsigned. */
    record Buffer(long addr, int length, int id) {
        long lengthBytes() {
            return Integer.toUnsignedLong(length);
        }

        /** As much of it as fits {@code limitBytes}. */
        Buffer upTo(long limitBytes) {
            return limitBytes < lengthBytes() ? new Buffer(addr, (int) limitBytes, id) : this;
        }
    }

    /** A group: either a list, or a ring of {@code entries} in memory shared with the guest. */
    @Stateful(version = 3, upgrade = BufferGroupUpgrade.class)
    static final class Group {
        private final ArrayDeque<Buffer> list = new ArrayDeque<>();
        private final @Nullable SharedRegion region;
        private final int entries;

        /** Whether what is left of a buffer is given to the next one: IOU_PBUF_RING_INC. */
        private final boolean piecewise;

        private int head;

        /** Taken away by the guest: its memory is not touched any more. */
        private boolean gone;

        /** Who chooses and uses buffers now: one at a time, as under Linux's uring_lock. */
        private @Nullable Request user;

        /** Where others wait for that; made when somebody does. */
        private @Nullable WaitQueue waiting;

        Group(@Nullable SharedRegion region, int entries, boolean piecewise) {
            this.region = region;
            this.entries = entries;
            this.piecewise = piecewise;
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
                to = new Group(null, 0, false);
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
     * @param piecewise whether the next operation gets what one leaves of a buffer
     * @throws dev.moat.abi.ErrnoException EEXIST, ENOMEM
     */
    void registerRing(int group, SharedRegion region, int entries, boolean piecewise) {
        lock.lock();
        try {
            Group old = groups.get(group);
            if (old != null && (old.isRing() || !old.list.isEmpty())) {
                throw Errno.EEXIST.exception();
            }
            if (old == null) {
                keeping.take(1);
            }
            groups.put(group, new Group(region, entries, piecewise));
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
            old.gone = true;
        } finally {
            lock.unlock();
        }
        if (old.region != null) {
            old.region.close();
        }
        if (old.waiting != null) {
            old.waiting.wakeAll(WaitQueue.ANY);
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

    boolean has(int group) {
        lock.lock();
        try {
            return groups.containsKey(group);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins to choose from a group, until {@link #letGo}.
     *
     * @return false if another request does, which the guest cannot make last: {@code request} is
     *     registered and woken
     */
    boolean hold(int group, Request request) {
        lock.lock();
        try {
            Group wanted = groups.get(group);
            if (wanted == null) {
                return true;
            }
            if (wanted.user == null) {
                wanted.user = request;
                return true;
            }
            if (wanted.waiting == null) {
                wanted.waiting = new WaitQueue();
            }
            request.arm(List.of(wanted.waiting));
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Lets others choose again. */
    void letGo(int group, Request request) {
        WaitQueue told = null;
        lock.lock();
        try {
            Group held = groups.get(group);
            if (held != null && held.user == request) {
                held.user = null;
                told = held.waiting;
            }
        } finally {
            lock.unlock();
        }
        if (told != null) {
            told.wakeAll(WaitQueue.ANY);
        }
    }

    /**
     * Chooses buffers, which stay in the group until they are committed, or the first one of a
     * list, which leaves it.
     *
     * @param limitBytes how much is wanted at most, 0 for no limit
     * @param most how many at most
     * @return null if there are none
     */
    @Nullable BufferChoice choose(int group, long limitBytes, int most) {
        lock.lock();
        try {
            Group from = groups.get(group);
            if (from == null) {
                return null;
            }
            if (from.region != null) {
                return chooseFromRing(from, from.region, limitBytes, most);
            }
            Buffer first = from.list.pollFirst();
            if (first == null) {
                return null;
            }
            keeping.giveBack(1);
            Buffer used = limitBytes == 0 ? first : first.upTo(limitBytes);
            return new BufferChoice(from, List.of(used), first, from.list.isEmpty(), false);
        } finally {
            lock.unlock();
        }
    }

    /** io_ring_buffers_peek. */
    private static @Nullable BufferChoice chooseFromRing(
            Group from, SharedRegion region, long limitBytes, int most) {
        short tail = region.read(TAIL, Short.BYTES).get(JAVA_SHORT_UNALIGNED, 0);
        int count = Math.min(tail - from.head & 0xffff, most);
        if (count == 0) {
            return null;
        }
        List<Buffer> parts = new ArrayList<>();
        long left = limitBytes == 0 ? Long.MAX_VALUE : limitBytes;
        boolean cut = false;
        int passed = 0;
        while (parts.size() < count && left > 0) {
            Buffer buffer = read(from, region, parts.size());
            if (parts.isEmpty() && most > 1) {
                if (buffer.length() == 0) {
                    return null;
                }
                // as many as there would be if all were as long as the first one
                count = (int) Math.min(count, Math.ceilDiv(left, buffer.lengthBytes()));
            }
            if (buffer.lengthBytes() > left && !from.piecewise) {
                cut = true;
                if (!parts.isEmpty()) {
                    break;
                }
            }
            Buffer used = buffer.upTo(left);
            parts.add(used);
            left -= used.lengthBytes();
            passed += left > 0 || most == 1 ? 1 : 0;
        }
        boolean last = (short) (from.head + passed) == tail;
        return new BufferChoice(from, List.copyOf(parts), null, last, cut);
    }

    private static Buffer read(Group from, SharedRegion region, int ahead) {
        MemorySegment entry = region.read(place(from, ahead), ENTRY_BYTES);
        return new Buffer(
                entry.get(JAVA_LONG_UNALIGNED, 0),
                entry.get(JAVA_INT_UNALIGNED, LENGTH),
                entry.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff);
    }

    private static long place(Group from, int ahead) {
        return ringBytes(from.head + ahead & from.entries - 1);
    }

    /** Gives a choice away for good, of which {@code usedBytes} are or will be used. */
    void commit(BufferChoice choice, long usedBytes) {
        lock.lock();
        try {
            if (choice.isCommitted()) {
                return;
            }
            Group from = choice.group();
            boolean leavesRest = false;
            if (from.region != null && from.piecewise && !from.gone) {
                leavesRest = !advance(from, from.region, choice, usedBytes);
            } else if (from.isRing()) {
                from.head += Math.max(1, choice.countFor(usedBytes));
            }
            choice.setCommitted(leavesRest);
        } finally {
            lock.unlock();
        }
    }

    /** io_kbuf_inc_commit: whether nothing is left of the last buffer that was used. */
    private static boolean advance(
            Group from, SharedRegion region, BufferChoice choice, long usedBytes) {
        long left = usedBytes;
        for (Buffer part : choice.parts()) {
            Buffer whole = read(from, region, 0);
            long used = Math.min(left, part.lengthBytes());
            long rest = whole.lengthBytes() - used;
            if (used == 0 || rest > 0) {
                write(region, place(from, 0), whole.addr() + used, (int) Math.max(0, rest));
                return false;
            }
            write(region, place(from, 0), whole.addr(), 0);
            from.head++;
            left -= used;
            if (left == 0) {
                break;
            }
        }
        return true;
    }

    private static void write(SharedRegion region, long at, long addr, int length) {
        byte[] entry = new byte[LENGTH + Integer.BYTES];
        MemorySegment.ofArray(entry).set(JAVA_LONG_UNALIGNED, 0, addr);
        MemorySegment.ofArray(entry).set(JAVA_INT_UNALIGNED, LENGTH, length);
        region.write(at, entry);
    }

    /** Nothing was put into what was chosen: the next one gets it, unless it is committed. */
    void recycle(int group, BufferChoice choice) {
        lock.lock();
        try {
            Buffer whole = choice.whole();
            boolean there = groups.get(group) == choice.group();
            if (whole != null && there && !choice.isCommitted()) {
                keeping.add(1);
                choice.group().list.addFirst(whole);
                choice.setCommitted(false);
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
            for (Group group : old) {
                keeping.giveBack(1 + group.list.size());
                group.gone = true;
            }
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
