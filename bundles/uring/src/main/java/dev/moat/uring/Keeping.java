package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what the kernel host keeps for the rings of a sandbox, in units of about a hundred bytes:
 * guest memory does not pay for it, so it has a limit of its own.
 */
@Stateful
final class Keeping {
    /** What an operation under way weighs; others (completions, buffers, slots) weigh 1. */
    static final int REQUEST = 8;

    /** More than that is refused. */
    private static final int LIMIT = 1 << 19;

    private final AtomicInteger units = new AtomicInteger();

    boolean isFull() {
        return units.get() >= LIMIT;
    }

    /** Counts what is kept already, or for a moment only. */
    void add(int count) {
        units.addAndGet(count);
    }

    /** ENOMEM if there is no room. */
    void take(int count) {
        if (units.addAndGet(count) > LIMIT) {
            units.addAndGet(-count);
            throw Errno.ENOMEM.exception();
        }
    }

    void giveBack(int count) {
        units.addAndGet(-count);
    }
}
