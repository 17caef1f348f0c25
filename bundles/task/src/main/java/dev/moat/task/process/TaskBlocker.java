package dev.moat.task.process;

import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.time.Clock;
import dev.moat.task.futex.Sleeper;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a task waits: parks its Java thread. A wake-up sets a flag before it unparks, and the flag is
 * cleared before the condition is looked at, so that none is lost.
 */
public final class TaskBlocker implements Blocker, WaitQueue.Waiter, Sleeper {
    /** What ends a wait early. */
    private enum Interruptible {
        BY_SIGNAL,
        BY_DEATH
    }

    private final GuestTask task;
    private final Clock clock;
    private final AtomicBoolean woken = new AtomicBoolean();

    /** The task's thread; volatile: set when it starts, read by wakers. */
    private volatile @Nullable Thread thread;

    TaskBlocker(GuestTask task, Clock clock) {
        this.task = task;
        this.clock = clock;
    }

    /** Called by the task's thread before anything else. */
    void bind(Thread own) {
        thread = own;
    }

    /** Whether the caller is the task's own thread. */
    boolean isCurrent() {
        return thread == Thread.currentThread();
    }

    /** Makes the task look again at what it waits for. Any thread. */
    @Override
    public void wake() {
        woken.set(true);
        Thread sleeper = thread;
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        }
    }

    @Override
    public boolean woken(int events) {
        boolean first = woken.compareAndSet(false, true);
        Thread sleeper = thread;
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        }
        return first;
    }

    @Override
    public Outcome block(WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
        queue.add(this);
        try {
            return await(ready, deadlineNs, Interruptible.BY_SIGNAL);
        } finally {
            queue.remove(this);
        }
    }

    @Override
    public Outcome block(List<WaitQueue> queues, BooleanSupplier ready, long deadlineNs) {
        for (WaitQueue queue : queues) {
            queue.add(this);
        }
        try {
            return await(ready, deadlineNs, Interruptible.BY_SIGNAL);
        } finally {
            for (WaitQueue queue : queues) {
                queue.remove(this);
            }
        }
    }

    @Override
    public Outcome blockUninterruptibly(WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
        queue.add(this);
        try {
            return await(ready, deadlineNs, Interruptible.BY_DEATH);
        } finally {
            queue.remove(this);
        }
    }

    /** Waits for a condition whose owner calls {@link #wake} (futexes, sleeps, stops). */
    @Override
    public Outcome await(BooleanSupplier ready, long deadlineNs) {
        return await(ready, deadlineNs, Interruptible.BY_SIGNAL);
    }

    /** As {@link #await}, but only the end of the task interrupts. */
    public Outcome awaitUninterruptibly(BooleanSupplier ready, long deadlineNs) {
        return await(ready, deadlineNs, Interruptible.BY_DEATH);
    }

    /** Parks a stopped task once; its loop looks at the state after each wake-up. */
    void parkWhileStopped() {
        if (!woken.getAndSet(false)) {
            LockSupport.park(this);
        }
    }

    private Outcome await(BooleanSupplier ready, long deadlineNs, Interruptible interruptible) {
        TaskState before = task.state();
        boolean slept = false;
        try {
            while (true) {
                woken.set(false);
                if (ready.getAsBoolean()) {
                    return Outcome.READY;
                }
                if (interruptible == Interruptible.BY_SIGNAL
                        ? task.signals().interruptPending()
                        : task.signals().isKilled()) {
                    return Outcome.INTERRUPTED;
                }
                if (!slept) {
                    slept = true;
                    task.setState(
                            interruptible == Interruptible.BY_SIGNAL
                                    ? TaskState.SLEEPING
                                    : TaskState.DISK_SLEEP);
                }
                if (!park(deadlineNs)) {
                    return Outcome.TIMED_OUT;
                }
            }
        } finally {
            if (slept) {
                task.setState(before);
            }
        }
    }

    /** Parks once; false if the deadline has passed already. */
    private boolean park(long deadlineNs) {
        if (woken.get()) {
            return true;
        }
        if (deadlineNs == FOREVER) {
            LockSupport.park(this);
            return true;
        }
        long waitNs = deadlineNs - clock.monotonicNs();
        if (waitNs <= 0) {
            return false;
        }
        LockSupport.parkNanos(this, waitNs);
        return true;
    }
}
