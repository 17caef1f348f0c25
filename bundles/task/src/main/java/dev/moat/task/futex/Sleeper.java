package dev.moat.task.futex;

import dev.moat.api.task.Blocker.Outcome;
import java.util.function.BooleanSupplier;

/** The waiting side of a task, as futexes use it: without a wait queue. */
public interface Sleeper {
    /** Waits until {@code ready} holds; whoever makes it hold calls {@link #wake}. */
    Outcome await(BooleanSupplier ready, long deadlineNs);

    /** Makes the task look again. Any thread. */
    void wake();
}
