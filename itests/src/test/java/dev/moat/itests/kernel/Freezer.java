package dev.moat.itests.kernel;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SafePoint;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Brings a sandbox to the safe point every few milliseconds, until it is closed. */
final class Freezer implements AutoCloseable {
    /** Generous: what is looked at is whether tasks come at all. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(3);

    private final Sandbox sandbox;
    private final SafePoint safePoint;
    private final Consumer<Sandbox> work;
    private final Thread thread;
    private final AtomicInteger entered = new AtomicInteger();
    private final AtomicLong longestNs = new AtomicLong();
    private volatile boolean closed;
    private volatile String failure = "";

    /**
     * @param work what is done each time all tasks stand still
     */
    Freezer(Sandbox sandbox, Consumer<Sandbox> work) {
        this.sandbox = sandbox;
        this.safePoint = sandbox.safePoint();
        this.work = work;
        this.thread = Thread.ofPlatform().name("freezer").start(this::freeze);
    }

    /** How often all tasks stood still. */
    int entered() {
        return entered.get();
    }

    /** The longest time in which all tasks came. */
    long longestNs() {
        return longestNs.get();
    }

    /** Empty, or what went wrong. */
    String failure() {
        return failure;
    }

    private void freeze() {
        while (!closed && failure.isEmpty()) {
            long beganNs = System.nanoTime();
            if (!safePoint.enter(LIMIT_NS)) {
                failure = "did not come: " + safePoint.missing();
                return;
            }
            longestNs.accumulateAndGet(System.nanoTime() - beganNs, Math::max);
            entered.incrementAndGet();
            try {
                work.accept(sandbox);
            } catch (RuntimeException | Error e) {
                failure = e.toString();
            } finally {
                safePoint.leave();
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }
}
