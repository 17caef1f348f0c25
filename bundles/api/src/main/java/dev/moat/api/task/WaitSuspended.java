package dev.moat.api.task;

/**
 * Ends a wait that nothing but the {@link dev.moat.api.swap.SafePoint} has interrupted: the task
 * leaves the system call, parks, and makes the same call again as if nothing had happened. Thrown
 * by {@link Blocker}, caught by the run loop of the task; calls let it pass, and note in {@link
 * Resumption} what they have done so far. Not an error, so without a stack trace.
 */
public final class WaitSuspended extends RuntimeException {
    /** The one instance. */
    public static final WaitSuspended INSTANCE = new WaitSuspended();

    private static final long serialVersionUID = 1L;

    private WaitSuspended() {
        super("the wait goes on after the safe point", null, false, false);
    }
}
