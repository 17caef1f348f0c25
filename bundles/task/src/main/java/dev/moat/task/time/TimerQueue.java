package dev.moat.task.time;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;
import dev.moat.api.time.TimerService;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timers of one sandbox: a heap, and one thread that is started with the first timer that is
 * armed. A sandbox without timers has no such thread.
 */
@Stateful
public final class TimerQueue implements TimerService, Suspendable, AutoCloseable {
    private static final long STACK_BYTES = 256 * 1024;

    /** How often to look whether a safe point that is requested has been given up. */
    private static final long LOOK_NS = 1_000_000;

    private final Logger logger = LoggerFactory.getLogger(TimerQueue.class);
    private final Sandbox sandbox;
    private final String threadName;
    private final Clock clock;

    private final RankedLock lock = new RankedLock(LockRank.TIMERS);
    private final Condition changed = lock.newCondition();

    /** Guarded by lock, as all below. */
    private final TimerHeap heap = new TimerHeap();

    @Derived("started for the first timer that is armed")
    private @Nullable Thread thread;

    private boolean suspended;
    private boolean closed;

    public TimerQueue(Sandbox sandbox, Clock clock) {
        this.sandbox = sandbox;
        this.threadName = "moat-" + sandbox.name() + "-timers";
        this.clock = clock;
    }

    @Override
    public Timer newTimer(TimerListener listener) {
        return new QueuedTimer(this, listener);
    }

    /** Ends the thread; timers never expire any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread; timers are armed and expire later. */
    @Override
    public void suspend() {
        Thread running;
        lock.lock();
        try {
            suspended = true;
            running = thread;
            thread = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (running != null) {
            Suspendable.awaitEnd(running);
        }
    }

    @Override
    public void resume() {
        lock.lock();
        try {
            suspended = false;
            wakeThreadLocked();
        } finally {
            lock.unlock();
        }
    }

    void arm(QueuedTimer timer, long deadlineNs) {
        lock.lock();
        try {
            if (timer.closed || closed) {
                return;
            }
            armLocked(timer, deadlineNs);
        } finally {
            lock.unlock();
        }
    }

    void close(QueuedTimer timer) {
        lock.lock();
        try {
            armLocked(timer, Timer.NEVER);
            timer.closed = true;
        } finally {
            lock.unlock();
        }
    }

    long deadlineOf(QueuedTimer timer) {
        lock.lock();
        try {
            return timer.deadline;
        } finally {
            lock.unlock();
        }
    }

    private void armLocked(QueuedTimer timer, long deadlineNs) {
        QueuedTimer first = heap.first();
        if (timer.place != QueuedTimer.NOWHERE) {
            heap.remove(timer);
        }
        timer.deadline = deadlineNs;
        if (deadlineNs != Timer.NEVER) {
            heap.insert(timer);
        }
        if (heap.first() != first || first == timer) {
            wakeThreadLocked();
        }
    }

    private void wakeThreadLocked() {
        if (thread != null) {
            changed.signal();
        } else if (!heap.isEmpty() && !suspended && !closed) {
            thread =
                    Thread.ofPlatform()
                            .name(threadName)
                            .daemon()
                            .stackSize(STACK_BYTES)
                            .start(this::serve);
        }
    }

    /** Body of the timer thread. */
    private void serve() {
        while (true) {
            QueuedTimer due = awaitDue();
            if (due == null) {
                return;
            }
            try {
                due.listener.expired(clock.monotonicNs());
            } catch (Throwable bug) {
                // Whose timer it was does not matter to the others: the thread goes on.
                failed(due, bug);
            }
        }
    }

    /** Tells a bug of the kernel; if a new revision is at fault the old one gets the expiry. */
    private void failed(QueuedTimer due, Throwable bug) {
        if (sandbox.bugs().isUndone(bug)) {
            expireAgain(due);
            return;
        }
        logger.error("{}: timer callback failed", threadName, bug);
        sandbox.log("kernel bug in a timer: " + bug);
    }

    /** Has {@code timer} expire once more, but not before the safe point that is requested. */
    private void expireAgain(QueuedTimer timer) {
        lock.lock();
        try {
            if (timer.place == QueuedTimer.NOWHERE && !timer.closed) {
                armLocked(timer, clock.monotonicNs());
            }
            while (!suspended && !closed && sandbox.safePoint().isRequested()) {
                awaitNanosLocked(LOOK_NS);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next expiry; null when closed or suspended. */
    private @Nullable QueuedTimer awaitDue() {
        lock.lock();
        try {
            while (!closed && !suspended) {
                QueuedTimer first = heap.first();
                if (first == null) {
                    changed.awaitUninterruptibly();
                    continue;
                }
                long waitNs = first.deadline - clock.monotonicNs();
                if (waitNs <= 0) {
                    heap.remove(first);
                    first.deadline = Timer.NEVER;
                    return first;
                }
                awaitNanosLocked(waitNs);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void awaitNanosLocked(long waitNs) {
        try {
            long leftNs = changed.awaitNanos(waitNs);
            assert leftNs <= waitNs;
        } catch (InterruptedException e) {
            // Nobody interrupts this thread to say something: the loop looks at the state again.
            Thread.interrupted();
        }
    }
}
