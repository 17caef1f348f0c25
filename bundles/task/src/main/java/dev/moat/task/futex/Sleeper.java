package dev.moat.task.futex;

import dev.moat.api.task.Blocker.Outcome;
import dev.moat.api.task.Task;
import java.util.function.BooleanSupplier;

/** The waiting side of a task, as futexes use it: without a wait queue. */
public interface Sleeper {
    /** Waits until {@code ready} holds; whoever makes it hold calls {@link #wake}. */
    Outcome await(BooleanSupplier ready, long deadlineNs);

    /** As above, for a wait in a call that {@code task} makes. */
    default Outcome await(Task task, BooleanSupplier ready, long deadlineNs) {
        return await(ready, deadlineNs);
    }

    /** Makes the task look again. Any thread. */
    void wake();
}
