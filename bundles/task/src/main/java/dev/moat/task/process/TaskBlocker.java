package dev.moat.task.process;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Registers;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.TaskThread;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task.BlockedCall;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.time.Clock;
import dev.moat.task.futex.Sleeper;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a task waits: parks its Java thread. A wake-up sets a flag before it unparks, and the flag is
 * cleared before the condition is looked at, so that none is lost.
 */
@Stateful
public final class TaskBlocker implements Blocker, WaitQueue.Waiter, Sleeper {
    /** A waiting thread answers at once; one that has just stopped waiting does not. */
    private static final long PROBE_TIMEOUT_NS = 50_000_000L;

    /** What ends a wait early. */
    private enum Interruptible {
        BY_SIGNAL,
        BY_DEATH,
        /** As BY_DEATH, and a safe point has to wait: the call has done half of something. */
        BY_DEATH_ONLY
    }

    private final GuestTask task;
    private final Clock clock;
    private final AtomicBoolean woken = new AtomicBoolean();

    /** Somebody wants to know where the task is. */
    private final AtomicReference<@Nullable CompletableFuture<BlockedCall>> probe =
            new AtomicReference<>();

    /** The task's thread; volatile: set when it starts, read by wakers. */
    @HostBound("a new one")
    private volatile @Nullable TaskThread thread;

    /** Who woke the task last: a hint, written by any thread. */
    @Derived("by the next one")
    private @Nullable Thread waker;

    TaskBlocker(GuestTask task, Clock clock) {
        this.task = task;
        this.clock = clock;
    }

    @Override
    public int queueRank() {
        return task.scheduling().queueRank();
    }

    /** Called by the task's thread before anything else. */
    void bind(TaskThread own) {
        thread = own;
    }

    /** Called by the task's thread when it runs for the first time. */
    void tellHostTid(int tid) {
        TaskThread own = thread;
        if (own != null) {
            own.tellHostTid(tid);
        }
    }

    /**
     * Asks the waiting thread where it is: only it may read its registers. A running one would
     * answer when it next waits, which is not what was asked, so its answer is not waited for.
     */
    Optional<BlockedCall> collectBlockedCall() {
        if (isCurrent()) {
            return Optional.of(blockedCall());
        }
        if (!isWaiting(task.state())) {
            return Optional.empty();
        }
        CompletableFuture<BlockedCall> answer = new CompletableFuture<>();
        CompletableFuture<BlockedCall> earlier = probe.compareAndExchange(null, answer);
        CompletableFuture<BlockedCall> asked = earlier == null ? answer : earlier;
        wake();
        try {
            return Optional.of(asked.get(PROBE_TIMEOUT_NS, TimeUnit.NANOSECONDS));
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            probe.compareAndSet(asked, null);
        }
    }

    private static boolean isWaiting(TaskState state) {
        return switch (state) {
            case SLEEPING, DISK_SLEEP, STOPPED, TRACED -> true;
            case RUNNING, ZOMBIE, DEAD -> false;
        };
    }

    /** On the task's thread, after each wake-up. */
    private void answerProbe() {
        if (probe.getPlain() == null) {
            return;
        }
        CompletableFuture<BlockedCall> asked = probe.getAndSet(null);
        if (asked != null && task.loop().contextOrNull() != null) {
            asked.complete(blockedCall());
        }
    }

    private BlockedCall blockedCall() {
        Registers registers = task.registers();
        return new BlockedCall(
                task.currentSyscall(),
                List.of(
                        registers.get(UserRegs.RDI),
                        registers.get(UserRegs.RSI),
                        registers.get(UserRegs.RDX),
                        registers.get(UserRegs.R10),
                        registers.get(UserRegs.R8),
                        registers.get(UserRegs.R9)),
                registers.get(UserRegs.RSP),
                registers.get(UserRegs.RIP));
    }

    /** Whether the caller is the task's own thread. */
    boolean isCurrent() {
        TaskThread own = thread;
        return own != null && own.isCurrent();
    }

    /** Makes the task look again at what it waits for. Any thread. */
    @Override
    public void wake() {
        woken(WaitQueue.ANY);
    }

    @Override
    public boolean woken(int events) {
        boolean first = woken.compareAndSet(false, true);
        if (first) {
            waker = Thread.currentThread();
            unpark();
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

    /** As {@link #blockUninterruptibly}, in a call that cannot be made again from its begin. */
    Outcome blockInPlace(WaitQueue queue, BooleanSupplier ready) {
        queue.add(this);
        try {
            return await(ready, FOREVER, Interruptible.BY_DEATH_ONLY);
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
        answerProbe();
    }

    /** As {@link #parkWhileStopped}, no longer than until then. */
    void parkUntil(long deadlineNs) {
        if (!woken.getAndSet(false)) {
            LockSupport.parkNanos(this, Math.max(1, deadlineNs - clock.monotonicNs()));
        }
        answerProbe();
    }

    @Override
    public void pause() {
        if (!task.signals().interruptPending() && maySuspend()) {
            suspend(FOREVER);
        }
    }

    /** Only a system call can be made again. */
    private boolean maySuspend() {
        return task.signals().safePointAsks() && task.currentSyscall() >= 0;
    }

    private void unpark() {
        TaskThread sleeper = thread;
        if (sleeper != null) {
            sleeper.unpark();
        }
    }

    private Thread waker() {
        Thread last = waker;
        return last == null ? Thread.currentThread() : last;
    }

    private void suspend(long deadlineNs) {
        task.resumption().suspend(deadlineNs);
        throw WaitSuspended.INSTANCE;
    }

    private Outcome await(BooleanSupplier ready, long deadlineNs, Interruptible interruptible) {
        // Asleep already: a wait that goes on after the safe point.
        boolean slept = task.state() != TaskState.RUNNING;
        boolean suspended = false;
        try {
            while (true) {
                woken.set(false);
                answerProbe();
                if (ready.getAsBoolean()) {
                    return Outcome.READY;
                }
                if (interruptible == Interruptible.BY_SIGNAL
                        ? task.signals().interruptPending()
                        : task.signals().isKilled()) {
                    return Outcome.INTERRUPTED;
                }
                if (interruptible != Interruptible.BY_DEATH_ONLY && maySuspend()) {
                    suspended = true;
                    suspend(deadlineNs);
                }
                if (!slept) {
                    slept = true;
                    waker = null;
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
            if (slept && !suspended) {
                task.runAgain(waker());
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
