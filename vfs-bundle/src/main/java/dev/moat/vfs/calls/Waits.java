package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Restart;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.function.BooleanSupplier;

/**
 * Something tried again and again until it gives another answer than -EAGAIN. Lives for one call.
 */
abstract class Waits implements BooleanSupplier {
    static final long AGAIN = Errno.EAGAIN.negated();

    private long result = AGAIN;

    /** Tries once: a result, or -EAGAIN. */
    abstract long attempt();

    @Override
    public final boolean getAsBoolean() {
        try {
            result = attempt();
        } catch (ErrnoException e) {
            result = e.errno().negated();
        }
        return result != AGAIN;
    }

    /** Waits for the result; -ERESTARTSYS if a signal came first. */
    final long await(Task task, WaitQueue queue) {
        return await(task, queue, Blocker.FOREVER);
    }

    /**
     * Waits for the result as long as the file allows: -EAGAIN when that is over; -ERESTARTSYS if a
     * signal came first, -EINTR where time is limited (sock_intr_errno).
     */
    final long await(Task task, WaitQueue queue, long timeoutNs) {
        boolean limited = timeoutNs != Blocker.FOREVER;
        long deadlineNs = task.resumption().deadlineAfter(task, timeoutNs);
        Blocker.Outcome outcome = task.blocker().block(queue, this, deadlineNs);
        if (outcome == Blocker.Outcome.INTERRUPTED && result == AGAIN) {
            return limited ? Errno.EINTR.negated() : -Restart.ERESTARTSYS;
        }
        return result;
    }
}
