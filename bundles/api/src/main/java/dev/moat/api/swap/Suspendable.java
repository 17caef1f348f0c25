package dev.moat.api.swap;

/**
 * A stateful object with a thread of its own that touches the state of the sandbox. It registers
 * with {@link SafePoint#addSuspendable}.
 */
public interface Suspendable {
    /**
     * Ends the thread, or brings it to where it holds no reference to kernel objects; returns when
     * it is there. All tasks are at a safe point. Nothing that it had to do is lost: it is done
     * after {@link #resume}. Has no effect when repeated.
     *
     * @throws IllegalStateException the thread cannot be stopped now, in one line for the operator;
     *     it goes on as if nothing had been asked
     */
    void suspend();

    /**
     * Starts the thread again: on the new object after a swap, on the old one if it was called off.
     * Has no effect when repeated.
     */
    void resume();

    /**
     * Waits for the end of a thread that was told to end. An interrupt of the caller meanwhile is
     * not lost: it shows afterwards.
     */
    static void awaitEnd(Thread ending) {
        boolean interrupted = false;
        while (ending.isAlive()) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
