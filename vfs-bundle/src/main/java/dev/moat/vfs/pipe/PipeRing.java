package dev.moat.vfs.pipe;

import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The bytes in a pipe, and the borders of packets if there are any. Memory grows with what is in
 * it. Guarded by the lock of the pipe.
 */
@Stateful
final class PipeRing {
    static final int SMALLEST = 4096;

    /** Kept when it is empty, for the next writer: the default capacity. */
    private static final int LARGEST_IDLE = 65536;

    private MemorySegment memory = MemorySegment.ofArray(new byte[SMALLEST]);
    private int size = SMALLEST;
    private int head;
    private int count;

    /** The most that was in it since a reader last found nothing. */
    private int peak;

    /**
     * Lengths from the head on: packets positive, runs of plain bytes negative; null until the
     * first packet.
     */
    private @Nullable ArrayDeque<Integer> runs;

    int count() {
        return count;
    }

    /**
     * Makes room for {@code length} bytes more, which {@code heap} pays for.
     *
     * @return for how many there is room now: fewer if there is no memory for all
     */
    int reserve(int length, @Nullable HeapCharge heap) {
        int bigger = sizeFor(count + length);
        if (bigger > size) {
            if (!HeapCharge.tryGrow(heap, bigger - size)) {
                return Math.min(length, size - count);
            }
            resize(bigger);
        }
        return length;
    }

    /** The same for bytes that exist already: memory is counted whatever the limit. */
    void reserveAnyway(int length, @Nullable HeapCharge heap) {
        int bigger = sizeFor(count + length);
        if (bigger > size) {
            if (heap != null) {
                heap.grow(bigger - size);
            }
            resize(bigger);
        }
    }

    /** A reader found nothing: memory that was not needed since the last time goes. */
    void idle(@Nullable HeapCharge heap) {
        int enough = sizeFor(peak);
        peak = 0;
        if (count == 0 && enough < size) {
            give(enough, heap);
        }
    }

    private void give(int smaller, @Nullable HeapCharge heap) {
        HeapCharge.shrink(heap, size - smaller);
        resize(smaller);
    }

    private static int sizeFor(int bytes) {
        return bytes <= SMALLEST ? SMALLEST : Integer.highestOneBit(bytes - 1) << 1;
    }

    /** Everybody is gone: what is in it is, too. Who pays is told by the caller. */
    void reset() {
        memory = MemorySegment.ofArray(new byte[SMALLEST]);
        size = SMALLEST;
        head = 0;
        count = 0;
        peak = 0;
        runs = null;
    }

    /** Packets, and runs of bytes between them; 0 if there are no packets. */
    int runs() {
        ArrayDeque<Integer> known = runs;
        return known == null ? 0 : known.size();
    }

    /**
     * Takes up to {@code length} bytes, for which there is room, from {@code source}; gives how
     * many came.
     */
    int fill(IoBuffer source, int length, boolean packet) {
        int moved = 0;
        while (moved < length) {
            int tail = head + count & size - 1;
            int chunk = Math.min(length - moved, size - tail);
            int got = (int) source.get(memory, tail, chunk);
            count += got;
            moved += got;
            if (got < chunk) {
                break;
            }
        }
        if (source.faulted() && !packet) {
            // A page that faults on the way is dropped as a whole: pipe_write().
            int dropped = moved & SMALLEST - 1;
            moved -= dropped;
            count -= dropped;
        }
        if (moved > 0) {
            noteRun(moved, packet);
            peak = Math.max(peak, count);
        }
        return moved;
    }

    private void noteRun(int length, boolean packet) {
        ArrayDeque<Integer> known = runs;
        if (known == null) {
            if (!packet) {
                return;
            }
            known = new ArrayDeque<>();
            runs = known;
            if (count > length) {
                known.add(length - count);
            }
        }
        Integer last = known.peekLast();
        if (!packet && last != null && last < 0) {
            known.removeLast();
            known.add(last - length);
        } else {
            known.add(packet ? length : -length);
        }
    }

    /** Gives bytes to {@code target}, at most one packet; what is left of a packet is dropped. */
    int drain(IoBuffer target) {
        ArrayDeque<Integer> known = runs;
        Integer run = known == null ? null : known.peekFirst();
        if (known == null || run == null) {
            int moved = copy(target, (int) Math.min(target.remaining(), count));
            consume(moved);
            return moved;
        }
        int length = Math.abs(run);
        int wanted = (int) Math.min(target.remaining(), length);
        int moved = copy(target, wanted);
        if (moved < wanted && moved == 0) {
            return 0;
        }
        known.removeFirst();
        if (run < 0 && moved < length) {
            known.addFirst(run + moved);
            consume(moved);
        } else {
            consume(length);
        }
        if (known.isEmpty()) {
            runs = null;
        }
        return moved;
    }

    /** Whether plain bytes follow, so that a read may go on into the next run. */
    boolean continues() {
        ArrayDeque<Integer> known = runs;
        if (known == null) {
            return false;
        }
        Integer run = known.peekFirst();
        return run != null && run < 0;
    }

    /** Copies bytes without taking them out: tee(2). */
    int peek(IoBuffer target, int length) {
        return copy(target, Math.min(length, count));
    }

    private int copy(IoBuffer target, int length) {
        int moved = 0;
        while (moved < length) {
            int at = head + moved & size - 1;
            int chunk = Math.min(length - moved, size - at);
            int put = (int) target.put(memory, at, chunk);
            moved += put;
            if (put < chunk) {
                break;
            }
        }
        return moved;
    }

    private void consume(int bytes) {
        count -= bytes;
        head = count == 0 ? 0 : head + bytes & size - 1;
    }

    /** When bytes were taken out: what is large is not kept empty. */
    void settle(@Nullable HeapCharge heap) {
        if (count == 0 && size > LARGEST_IDLE) {
            give(LARGEST_IDLE, heap);
        }
    }

    private void resize(int wanted) {
        MemorySegment fresh = MemorySegment.ofArray(new byte[wanted]);
        int first = Math.min(count, size - head);
        MemorySegment.copy(memory, head, fresh, 0, first);
        MemorySegment.copy(memory, 0, fresh, first, count - first);
        memory = fresh;
        size = wanted;
        head = 0;
    }
}
