package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request's turn to choose from a group: until it is closed nobody else does. The ring of a
 * group lies in memory that the guest may have somebody else serve, so no lock is held while that
 * is read or written. Lives for one attempt.
 */
final class BufferUse implements AutoCloseable {
    /** Where the tail of a ring lies: in the reserved field of its first entry. */
    private static final int TAIL = 14;

    /** Where an entry says how long its buffer is; its address is before that. */
    private static final int LENGTH = 8;

    private final ProvidedBuffers buffers;
    private final Request request;

    /** Null if there is no such group: nothing can be chosen. */
    private final ProvidedBuffers.@Nullable Group group;

    BufferUse(ProvidedBuffers buffers, Request request, ProvidedBuffers.@Nullable Group group) {
        this.buffers = buffers;
        this.request = request;
        this.group = group;
    }

    /** Whether there was the group. */
    boolean isKnown() {
        return group != null;
    }

    /**
     * Chooses buffers, which stay in the group until they are committed, or the first one of a
     * list, which leaves it.
     *
     * @param limitBytes how much is wanted at most, 0 for no limit
     * @param most how many at most; fewer if there is no memory to remember them
     * @return null if there are none
     */
    @Nullable BufferChoice choose(long limitBytes, int most) {
        ProvidedBuffers.Group from = group;
        if (from == null) {
            return null;
        }
        BufferChoice listed = buffers.takeListed(from, limitBytes);
        SharedRegion region = from.region;
        if (listed != null || region == null) {
            return listed;
        }
        BufferChoice choice = peek(from, region, limitBytes, most);
        boolean charged =
                choice == null || request.selection().charge(buffers.keeping(), choice.weight());
        return charged ? choice : peek(from, region, limitBytes, 1);
    }

    /** io_ring_buffers_peek. */
    private static @Nullable BufferChoice peek(
            ProvidedBuffers.Group from, SharedRegion region, long limitBytes, int most) {
        short tail = region.read(TAIL, Short.BYTES).get(JAVA_SHORT_UNALIGNED, 0);
        int count = Math.min(tail - from.head & 0xffff, most);
        if (count == 0) {
            return null;
        }
        List<ProvidedBuffers.Buffer> parts = new ArrayList<>();
        long left = limitBytes == 0 ? Long.MAX_VALUE : limitBytes;
        boolean cut = false;
        int passed = 0;
        while (parts.size() < count && left > 0) {
            ProvidedBuffers.Buffer buffer = read(from, region, parts.size());
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
            ProvidedBuffers.Buffer used = buffer.upTo(left);
            parts.add(used);
            left -= used.lengthBytes();
            passed += left > 0 || most == 1 ? 1 : 0;
        }
        boolean last = (short) (from.head + passed) == tail;
        return new BufferChoice(from, List.copyOf(parts), null, last, cut);
    }

    private static ProvidedBuffers.Buffer read(
            ProvidedBuffers.Group from, SharedRegion region, int ahead) {
        MemorySegment entry = region.read(place(from, ahead), ProvidedBuffers.ENTRY_BYTES);
        return new ProvidedBuffers.Buffer(
                entry.get(JAVA_LONG_UNALIGNED, 0),
                entry.get(JAVA_INT_UNALIGNED, LENGTH),
                entry.get(JAVA_SHORT_UNALIGNED, 12) & 0xffff);
    }

    private static long place(ProvidedBuffers.Group from, int ahead) {
        return ProvidedBuffers.ringBytes(from.head + ahead & from.entries - 1);
    }

    /** Gives a choice away for good, of which {@code usedBytes} are or will be used. */
    void commit(BufferChoice choice, long usedBytes) {
        if (choice.isCommitted()) {
            return;
        }
        ProvidedBuffers.Group from = choice.group();
        SharedRegion region = from.region;
        boolean leavesRest = false;
        if (choice.isOfRing() && region != null && from.piecewise) {
            leavesRest = !advance(from, region, choice, usedBytes);
        } else if (choice.isOfRing()) {
            buffers.pass(from, Math.max(1, choice.countFor(usedBytes)));
        }
        choice.setCommitted(leavesRest);
    }

    /** io_kbuf_inc_commit: whether nothing is left of the last buffer that was used. */
    private boolean advance(
            ProvidedBuffers.Group from, SharedRegion region, BufferChoice choice, long usedBytes) {
        long left = usedBytes;
        for (ProvidedBuffers.Buffer part : choice.parts()) {
            ProvidedBuffers.Buffer whole = read(from, region, 0);
            long used = Math.min(left, part.lengthBytes());
            long rest = whole.lengthBytes() - used;
            if (used == 0 || rest > 0) {
                write(region, place(from, 0), whole.addr() + used, (int) Math.max(0, rest));
                return false;
            }
            write(region, place(from, 0), whole.addr(), 0);
            buffers.pass(from, 1);
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
    void recycle(BufferChoice choice) {
        if (!choice.isCommitted()) {
            buffers.putBack(choice);
        }
    }

    /** Lets others choose. */
    @Override
    public void close() {
        request.selection().settle(buffers.keeping());
        if (group != null) {
            buffers.letGo(group, request);
        }
    }
}
