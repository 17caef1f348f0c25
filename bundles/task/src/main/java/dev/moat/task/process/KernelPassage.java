package dev.moat.task.process;

import dev.moat.api.task.Blocker;

/** What membarrier(2) waits for. */
public final class KernelPassage {
    /** How often it looks whether a thread has been in the kernel. */
    private static final long LOOK_NS = 100_000;

    private KernelPassage() {}

    /** Waits until {@code other} has been in the kernel. On the own thread of {@code waiting}. */
    public static void await(GuestTask waiting, GuestTask other) {
        RunLoop loop = other.loop();
        long since = loop.entries();
        loop.interruptGuest();
        Blocker.Outcome outcome;
        do {
            // The other one does not know who waits: telling would cost every system call.
            outcome =
                    waiting.blocker()
                            .awaitUninterruptibly(
                                    () -> loop.wasInKernelSince(since),
                                    waiting.services().clock().monotonicNs() + LOOK_NS);
        } while (outcome == Blocker.Outcome.TIMED_OUT);
    }
}
