package dev.moat.task.process;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import dev.moat.task.signal.PendingSignals;
import dev.moat.task.signal.SignalActions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signal side of a thread group (Linux {@code signal_struct} and {@code sighand_struct}).
 * Guarded by the signal lock but for what is volatile.
 */
@Stateful
final class GroupSignals {
    final PendingSignals shared = new PendingSignals();
    final WaitQueue arrivals = new WaitQueue();

    /** Volatile: read without the lock; the object is replaced by execve only. */
    volatile SignalActions actions;

    /** Set once: the process ends like this. Volatile: polled by its tasks. */
    volatile @Nullable ExitStatus exit;

    /** A task that is in execve(2) and waits for the others to end. */
    @Nullable GuestTask execing;

    /** The end with a core file is under way: tasks that end leave their registers there. */
    @Nullable CoreThreads core;

    /** The signal of a job control stop under way or complete; 0 for none. */
    int stopSignal;

    boolean stopComplete;

    /**
     * For wait(2): the signal that stopped the process, until somebody has waited for it; 0 for
     * none.
     */
    int unreportedStop;

    /** For wait(2): continued, and nobody has waited for that. */
    boolean unreportedContinue;

    /** First process of the sandbox: signals without handler do nothing to it. */
    boolean unkillable;

    GroupSignals(SignalActions actions) {
        this.actions = actions;
    }

    /** Whether all live tasks are stopped now and nobody knows yet. */
    boolean completeStopLocked(List<GuestTask> live) {
        if (stopSignal == 0 || stopComplete) {
            return false;
        }
        for (GuestTask other : live) {
            if (!other.signals().isStopped()) {
                return false;
            }
        }
        stopComplete = true;
        unreportedStop = stopSignal;
        unreportedContinue = false;
        return true;
    }
}
