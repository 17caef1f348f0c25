package dev.moat.task.process;

import dev.moat.api.swap.SafePoint;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Brings a sandbox to the safe point again and again, until it is closed. */
final class Freezer implements AutoCloseable {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PERIOD_NS = 1_000_000;

    private final SafePoint safePoint;
    private final Thread thread;
    private volatile boolean closed;
    private volatile int entered;
    private volatile String failure = "";

    Freezer(SafePoint safePoint) {
        this.safePoint = safePoint;
        this.thread = Thread.ofPlatform().name("freezer").start(this::freeze);
    }

    /** How often all tasks stood still. */
    int entered() {
        return entered;
    }

    private void freeze() {
        while (!closed) {
            if (!safePoint.enter(LIMIT_NS)) {
                failure = "did not come: " + safePoint.missing();
                return;
            }
            entered = entered + 1;
            safePoint.leave();
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
        if (!failure.isEmpty()) {
            throw new AssertionError(failure);
        }
    }
}
