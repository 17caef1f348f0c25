package dev.moat.task.futex;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.function.BooleanSupplier;

/** A task in the queue of a priority-inheritance futex, or on its way there by a requeue. */
@Stateful
final class PiWaiter implements BooleanSupplier {
    final Task task;
    final Sleeper sleeper;

    /** Where the task itself sees the word. */
    final long userAddr;

    final FutexKey key;

    /**
     * {@link Sleeper#queueRank} of the task, or of who waits for what it owns. Guarded by the lock
     * of {@link PiFutexes}; changes between two queuings only.
     */
    int rank = Sleeper.NO_REAL_TIME;

    /** The task owns the futex. Set under the lock by whoever hands over. */
    volatile boolean acquired;

    PiWaiter(Task task, Sleeper sleeper, long userAddr, FutexKey key) {
        this.task = task;
        this.sleeper = sleeper;
        this.userAddr = userAddr;
        this.key = key;
    }

    @Override
    public boolean getAsBoolean() {
        return acquired;
    }
}
