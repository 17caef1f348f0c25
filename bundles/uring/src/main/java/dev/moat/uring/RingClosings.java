package dev.moat.uring;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes closed rings of a sandbox down, one after the other: a request may be the last to hold
 * another ring, and chains of them may be longer than any stack. As in Linux, a ring may outlive
 * close(2) for a moment: io_ring_exit_work, io_uring/io_uring.c.
 */
@Stateful
final class RingClosings implements AutoCloseable {
    private static final String PART = "uring.closings";

    private final ConcurrentLinkedQueue<Ring> waiting = new ConcurrentLinkedQueue<>();

    /** Some thread is at it, and takes what is added, too. */
    private final AtomicBoolean busy = new AtomicBoolean();

    private RingClosings() {}

    static RingClosings of(Sandbox sandbox) {
        return (RingClosings) sandbox.part(PART, RingClosings::new);
    }

    /** Takes a ring down that nobody has open any more: now, or once those before it are done. */
    void add(Ring ring) {
        waiting.add(ring);
        Throwable bug = null;
        while (!waiting.isEmpty() && busy.compareAndSet(false, true)) {
            for (Ring next = waiting.poll(); next != null; next = waiting.poll()) {
                try {
                    next.takeDown();
                } catch (RuntimeException | Error e) {
                    // the others are not to stay because of it
                    bug = e;
                }
            }
            busy.set(false);
        }
        KernelBug.rethrow(bug);
    }

    /** The sandbox ends: all that its rings have goes with it. */
    @Override
    public void close() {}
}
