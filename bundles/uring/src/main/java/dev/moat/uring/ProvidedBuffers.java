package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
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

    static final int ENTRY_BYTES = 16;

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

    /**
     * A group: either a list, or a ring of {@code entries} in memory shared with the guest. Guarded
     * by the lock, but for what is the user's.
     */
    @Stateful(version = 3, upgrade = BufferGroupUpgrade.class)
    static final class Group {
        private final ArrayDeque<Buffer> list = new ArrayDeque<>();
        final @Nullable SharedRegion region;
        final int entries;

        /** Whether what is left of a buffer is given to the next one: IOU_PBUF_RING_INC. */
        final boolean piecewise;

        /** How many of a ring were taken. Changed by the user, with the lock. */
        int head;

        /** Taken away by the guest; its memory is given back when nobody uses it. */
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

    Keeping keeping() {
        return keeping;
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
            } else {
                old.gone = true;
            }
            groups.put(group, new Group(region, entries, piecewise));
        } finally {
            lock.unlock();
        }
    }

    /** IORING_UNREGISTER_PBUF_RING. */
    void unregisterRing(int group) {
        Group old;
        SharedRegion left;
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
            left = old.user == null ? old.region : null;
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.close();
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

    /**
     * Begins to choose from a group.
     *
     * @return null if another request does, which the guest cannot make last: {@code request} is
     *     registered and woken
     */
    @Nullable BufferUse use(int number, Request request) {
        lock.lock();
        try {
            Group wanted = groups.get(number);
            if (wanted == null || wanted.user == null) {
                if (wanted != null) {
                    wanted.user = request;
                }
                return new BufferUse(this, request, wanted);
            }
            if (wanted.waiting == null) {
                wanted.waiting = new WaitQueue();
            }
            request.arm(List.of(wanted.waiting));
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Lets others choose again, who may find another group under its number now. */
    void letGo(Group group, Request request) {
        SharedRegion left = null;
        WaitQueue told = null;
        lock.lock();
        try {
            if (group.user == request) {
                group.user = null;
                told = group.waiting;
                left = group.gone ? group.region : null;
            }
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.close();
        }
        if (told != null) {
            told.wakeAll(WaitQueue.ANY);
        }
    }

    /**
     * Takes the first buffer of a list. Groups that are rings have one if it was given back to an
     * earlier revision.
     *
     * @return null if there is none
     */
    @Nullable BufferChoice takeListed(Group from, long limitBytes) {
        lock.lock();
        try {
            Buffer first = from.gone ? null : from.list.pollFirst();
            if (first == null) {
                return null;
            }
            keeping.giveBack(1);
            Buffer used = limitBytes == 0 ? first : first.upTo(limitBytes);
            boolean last = !from.isRing() && from.list.isEmpty();
            return new BufferChoice(from, List.of(used), first, last, false);
        } finally {
            lock.unlock();
        }
    }

    /** By its user: {@code count} more of a ring were taken. */
    void pass(Group from, int count) {
        lock.lock();
        try {
            from.head += count;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a choice back, if it left a list that is there still. */
    void putBack(BufferChoice choice) {
        lock.lock();
        try {
            Buffer whole = choice.whole();
            if (whole != null && !choice.group().gone) {
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
        List<SharedRegion> left = new ArrayList<>();
        lock.lock();
        try {
            for (Group group : groups.values()) {
                keeping.giveBack(1 + group.list.size());
                group.gone = true;
                if (group.region != null && group.user == null) {
                    left.add(group.region);
                }
            }
            groups.clear();
        } finally {
            lock.unlock();
        }
        left.forEach(SharedRegion::close);
    }
}
