package dev.moat.uring;

import dev.moat.abi.IoUring;
import dev.moat.api.swap.Stateful;
import java.util.ArrayDeque;

/**
 * Completions of a ring on their way to the guest: what finds no room waits here. Guarded by the
 * lock of the ring.
 */
@Stateful
final class Completions {
    private final Keeping keeping;
    private final ArrayDeque<Cqe> overflow = new ArrayDeque<>();

    /** So far, those of timeouts apart. */
    private long posted;

    /** Of timeouts: each ends waits for others, io_should_wake(). Volatile: read by who waits. */
    private volatile long timeouts;

    Completions(Keeping keeping) {
        this.keeping = keeping;
    }

    boolean isOverflown() {
        return !overflow.isEmpty();
    }

    long posted() {
        return posted;
    }

    /** Without the lock, too. */
    long timeouts() {
        return timeouts;
    }

    /** Moves what has room now. */
    void flush(RingMemory memory) {
        boolean moved = false;
        while (overflow.peekFirst() instanceof Cqe first && memory.hasRoom(first)) {
            memory.complete(overflow.removeFirst());
            keeping.giveBack(1);
            moved = true;
        }
        if (moved && overflow.isEmpty()) {
            memory.changeFlag(IoUring.IORING_SQ_CQ_OVERFLOW, false);
        }
    }

    /**
     * Tells one, or keeps it; false if it is kept.
     *
     * @param counts false: it is that of a timeout
     */
    boolean tell(RingMemory memory, Cqe cqe, boolean counts) {
        flush(memory);
        boolean fits = overflow.isEmpty() && memory.hasRoom(cqe);
        if (fits) {
            memory.complete(cqe);
        } else {
            overflow.addLast(cqe);
            keeping.add(1);
            memory.changeFlag(IoUring.IORING_SQ_CQ_OVERFLOW, true);
        }
        posted += counts ? 1 : 0;
        timeouts = timeouts + (counts ? 0 : 1);
        return fits;
    }

    /** Whether another one can be told at once. */
    boolean hasRoom(RingMemory memory) {
        flush(memory);
        return overflow.isEmpty() && memory.hasRoom();
    }

    void clear() {
        keeping.giveBack(overflow.size());
        overflow.clear();
    }
}
