package dev.moat.task.futex;

import dev.moat.api.task.Blocker.Outcome;
import dev.moat.api.task.Task;
import java.util.function.BooleanSupplier;

/** The waiting side of a task, as futexes use it: without a wait queue. */
public interface Sleeper {
    /** MAX_RT_PRIO of include/linux/sched/prio.h: nice values do not count. */
    int NO_REAL_TIME = 100;

    /** Waits until {@code ready} holds; whoever makes it hold calls {@link #wake}. */
    Outcome await(BooleanSupplier ready, long deadlineNs);

    /** As above, for a wait in a call that {@code task} makes. */
    default Outcome await(Task task, BooleanSupplier ready, long deadlineNs) {
        return await(ready, deadlineNs);
    }

    /** Makes the task look again. Any thread. */
    void wake();

    /**
     * Its place among others who wait for one futex, the smallest first: 0 for the highest priority
     * of SCHED_FIFO and SCHED_RR, {@link #NO_REAL_TIME} for all other policies. Any thread.
     */
    default int queueRank() {
        return NO_REAL_TIME;
    }
}
