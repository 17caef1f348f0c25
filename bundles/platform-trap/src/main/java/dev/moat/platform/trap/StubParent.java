package dev.moat.platform.trap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * The thread that is the parent of all stub processes of a session: they die with it
 * (PR_SET_PDEATHSIG is about the parent <em>thread</em>). It starts the first one, reaps all, and
 * does in the background what nobody should wait for.
 */
final class StubParent implements AutoCloseable {
    private static final long COLLECT_PERIOD_MS = 10;

    /** At the end: how often to look, and when to leave it to the host. */
    private static final long LAST_PERIOD_NS = 500_000;

    private static final int MAX_LAST_TRIES = 10_000;

    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Queue<DyingStub> dying = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final MemorySegment status = Arena.ofAuto().allocate(8);

    /** Whether the thread may be waiting for work, not looking at the dead. Any thread. */
    private volatile boolean asleep;

    /** Own thread only. */
    private boolean ended;

    StubParent() {
        thread = Thread.ofPlatform().name("moat-trap-parent").daemon().start(this::work);
    }

    private void work() {
        while (!ended) {
            try {
                Optional<Runnable> next = next();
                next.ifPresent(Runnable::run);
                collect();
            } catch (InterruptedException e) {
                // only close() ends this thread
            }
        }
        for (int tries = 0; !dying.isEmpty() && tries < MAX_LAST_TRIES; tries++) {
            collect();
            LockSupport.parkNanos(LAST_PERIOD_NS);
        }
    }

    /** What to do next; nothing when it is time to collect the dead. */
    private Optional<Runnable> next() throws InterruptedException {
        asleep = true;
        if (dying.isEmpty()) {
            return Optional.of(work.take());
        }
        asleep = false;
        return Optional.ofNullable(work.poll(COLLECT_PERIOD_MS, TimeUnit.MILLISECONDS));
    }

    private void collect() {
        dying.removeIf(stub -> stub.collect(status));
    }

    /** Does something later, on this thread. It must not throw. */
    void later(Runnable job) {
        work.add(job);
    }

    /** Has this thread start a process; gives what {@code starter} gives. */
    int spawn(IntSupplier starter) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        work.add(() -> {
            try {
                result.complete(starter.getAsInt());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("stub process did not start", e.getCause());
        }
    }

    /** Collects a killed process, later. */
    void reap(DyingStub stub) {
        dying.add(stub);
        if (asleep) {
            // once for many: waking a thread costs more than the rest of this
            asleep = false;
            work.add(() -> {});
        }
    }

    /** Ends when everything asked for is done. */
    @Override
    public void close() {
        work.add(() -> ended = true);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
