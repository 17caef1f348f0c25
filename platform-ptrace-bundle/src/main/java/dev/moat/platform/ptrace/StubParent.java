package dev.moat.platform.ptrace;

import dev.moat.api.host.HostProcesses;
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
 * (PR_SET_PDEATHSIG is about the parent <em>thread</em>). It starts the first one and reaps all.
 */
final class StubParent implements AutoCloseable {
    private static final long COLLECT_PERIOD_MS = 10;

    /**
     * At the end: how often to look, how often to wait for tracers, and when to leave it to the
     * host.
     */
    private static final long LAST_PERIOD_NS = 500_000;

    private static final int PATIENT_TRIES = 2_000;
    private static final int MAX_LAST_TRIES = 10_000;

    private final HostProcesses host;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Queue<DyingStub> dying = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final MemorySegment status = Arena.ofAuto().allocate(8);

    /** Whether the thread may be waiting for work, not looking at the dead. Any thread. */
    private volatile boolean asleep;

    /** Own thread only. */
    private boolean ended;

    StubParent(HostProcesses host) {
        this.host = host;
        thread = Thread.ofPlatform().name("moat-ptrace-parent").daemon().start(this::work);
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
        collectAll();
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
        dying.removeIf(stub -> stub.collect(host, status));
    }

    private void collectAll() {
        for (int tries = 0; !dying.isEmpty() && tries < MAX_LAST_TRIES; tries++) {
            if (tries == PATIENT_TRIES) {
                dying.forEach(DyingStub::releaseAll);
            }
            collect();
            LockSupport.parkNanos(LAST_PERIOD_NS);
        }
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
