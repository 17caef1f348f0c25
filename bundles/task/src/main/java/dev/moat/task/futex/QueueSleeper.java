package dev.moat.task.futex;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker.Outcome;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.function.BooleanSupplier;

/** The waiting side of an operation of a ring, which has no thread: it waits on a queue. */
@Stateful
public final class QueueSleeper implements Sleeper {
    private final FutexTable table;
    private final WaitQueue queue = new WaitQueue();

    /** Of the task that gave the operation to the ring. */
    private final int queueRank;

    public QueueSleeper(FutexTable table, int queueRank) {
        this.table = table;
        this.queueRank = queueRank;
    }

    @Override
    public int queueRank() {
        return queueRank;
    }

    @Override
    public Outcome await(Task task, BooleanSupplier ready, long deadlineNs) {
        return task.blocker().block(queue, ready, deadlineNs);
    }

    @Override
    public Outcome await(BooleanSupplier ready, long deadlineNs) {
        throw new IllegalStateException("an operation waits as its task does");
    }

    @Override
    public void wake() {
        queue.wakeAll(WaitQueue.ANY);
    }

    /** The operation was called off when it had been woken: that is for the next one. */
    void passOn(FutexWaiter waiter) {
        table.wake(waiter.key, 1, waiter.bitset);
    }
}
