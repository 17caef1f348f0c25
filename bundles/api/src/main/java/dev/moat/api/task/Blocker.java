package dev.moat.api.task;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The one way in which a task waits. Called on the task's own thread, with no kernel locks held.
 * Registers with the queues first and then evaluates {@code ready}, so that no wake-up is lost.
 *
 * <p>A wait that nothing but the safe point of a hot swap interrupts ends with {@link
 * WaitSuspended}: the call is made again later, with the same arguments. A call that has done part
 * of its work by then says so in {@link Resumption}.
 */
@ProviderType
public interface Blocker {
    /** How a wait ended. */
    enum Outcome {
        /** The condition held. */
        READY,
        /** The deadline passed. */
        TIMED_OUT,
        /** A signal (or the end of the task) wants attention. */
        INTERRUPTED
    }

    /** Never: as a deadline. */
    long FOREVER = Long.MAX_VALUE;

    /**
     * Waits until {@code ready} holds. It is evaluated at the start and after each wake-up, on the
     * task's thread.
     *
     * @param deadlineNs on the monotonic clock, or {@link #FOREVER}
     */
    Outcome block(WaitQueue queue, BooleanSupplier ready, long deadlineNs);

    /** Waits on several queues. */
    Outcome block(List<WaitQueue> queues, BooleanSupplier ready, long deadlineNs);

    /** As {@link #block}, but only the end of the task (SIGKILL) interrupts. */
    Outcome blockUninterruptibly(WaitQueue queue, BooleanSupplier ready, long deadlineNs);

    /**
     * For calls that work long without a wait: ends with {@link WaitSuspended} if the safe point
     * asks for the task and no signal does.
     */
    void pause();
}
