package dev.moat.vfs.pipe;

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
    private static final int SMALLEST = 4096;

    private MemorySegment memory = MemorySegment.ofArray(new byte[SMALLEST]);
    private int size = SMALLEST;
    private int head;
    private int count;

    /**
     * Lengths from the head on: packets positive, runs of plain bytes negative; null until the
     * first packet.
     */
    private @Nullable ArrayDeque<Integer> runs;

    int count() {
        return count;
    }

    /** Takes up to {@code length} bytes from {@code source}; gives how many came. */
    int fill(IoBuffer source, int length, boolean packet) {
        ensure(count + length);
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

    private void ensure(int wanted) {
        if (wanted <= size) {
            return;
        }
        int bigger = Integer.highestOneBit(wanted - 1) << 1;
        MemorySegment fresh = MemorySegment.ofArray(new byte[bigger]);
        int first = Math.min(count, size - head);
        MemorySegment.copy(memory, head, fresh, 0, first);
        MemorySegment.copy(memory, 0, fresh, first, count - first);
        memory = fresh;
        size = bigger;
        head = 0;
    }
}
