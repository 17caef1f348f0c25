package dev.moat.api.mm;

import dev.moat.api.task.WaitQueue;
import java.util.function.BooleanSupplier;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * How a thread in the middle of a call waits for a process that answers faults or reads of changes:
 * userfaultfd(2). Called without locks of memory management.
 */
@ConsumerType
public interface FaultWaiter {
    /** Nobody waits. */
    FaultWaiter NONE = NoWaiter.INSTANCE;

    /** The id, as it sees it itself, of the task whose thread calls; 0 if it is none's. */
    int currentTid();

    /**
     * Waits until {@code over} holds; the safe point of a hot swap does not end the wait.
     *
     * @return false if the thread is no task's, or its task ends
     */
    boolean await(WaitQueue queue, BooleanSupplier over);

    /**
     * Waits until {@code over} holds, the task ends or the safe point asks for it: for what goes on
     * by itself.
     */
    void linger(WaitQueue queue, BooleanSupplier over);
}
