package dev.moat.task.futex;

import dev.moat.api.task.Blocker.Outcome;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A sleeper on a test's own thread. */
final class ScriptedSleeper implements Sleeper {
    final CountDownLatch asleep = new CountDownLatch(1);
    final AtomicInteger wakes = new AtomicInteger();
    private volatile Thread thread;
    volatile boolean interrupted;

    @Override
    public Outcome await(BooleanSupplier ready, long deadlineNs) {
        thread = Thread.currentThread();
        asleep.countDown();
        while (!ready.getAsBoolean()) {
            if (interrupted) {
                return Outcome.INTERRUPTED;
            }
            if (deadlineNs != Long.MAX_VALUE && System.nanoTime() >= deadlineNs) {
                return Outcome.TIMED_OUT;
            }
            if (deadlineNs == Long.MAX_VALUE) {
                LockSupport.park();
            } else {
                LockSupport.parkNanos(deadlineNs - System.nanoTime());
            }
        }
        return Outcome.READY;
    }

    @Override
    public void wake() {
        wakes.incrementAndGet();
        LockSupport.unpark(thread);
    }

    void interrupt() {
        interrupted = true;
        LockSupport.unpark(thread);
    }
}
