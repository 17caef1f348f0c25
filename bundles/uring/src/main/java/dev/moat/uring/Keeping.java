package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the kernel host keeps for the rings of a sandbox, in units that are on the sandbox's
 * account; their number has a limit of its own, too.
 */
@Stateful
final class Keeping {
    /** What an operation under way weighs; others (completions, buffers, slots) weigh 1. */
    static final int REQUEST = 8;

    static final int UNIT_BYTES = 128;

    /** More than that is refused. */
    private static final int LIMIT = 1 << 21;

    private final AtomicInteger units = new AtomicInteger();

    /** Null in what an earlier revision made. */
    private final @Nullable HeapCharge heap;

    Keeping(Sandbox sandbox) {
        heap = HeapCharge.of(sandbox.memory().heap(), HeapUse.RINGS);
    }

    boolean isFull() {
        return units.get() >= LIMIT;
    }

    /** Counts what is kept already, or for a moment only. */
    void add(int count) {
        units.addAndGet(count);
        if (heap != null) {
            heap.grow((long) count * UNIT_BYTES);
        }
    }

    /** False if there is no room: nothing was taken. */
    boolean tryTake(int count) {
        if (!HeapCharge.tryGrow(heap, (long) count * UNIT_BYTES)) {
            return false;
        }
        if (units.addAndGet(count) > LIMIT) {
            giveBack(count);
            return false;
        }
        return true;
    }

    /** ENOMEM if there is no room. */
    void take(int count) {
        if (!tryTake(count)) {
            throw Errno.ENOMEM.exception();
        }
    }

    void giveBack(int count) {
        units.addAndGet(-count);
        HeapCharge.shrink(heap, (long) count * UNIT_BYTES);
    }
}
