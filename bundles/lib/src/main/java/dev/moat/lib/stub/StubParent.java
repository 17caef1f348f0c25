package dev.moat.lib.stub;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.swap.Suspendable;
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
 * does in the background what nobody should wait for. Thread safe.
 */
public final class StubParent implements AutoCloseable {
    private static final long COLLECT_PERIOD_MS = 10;

    /**
     * At the end: how often to look, how often to wait for tracers, and when to leave it to the
     * host.
     */
    private static final long LAST_PERIOD_NS = 500_000;

    private static final int PATIENT_TRIES = 2_000;
    private static final int MAX_LAST_TRIES = 10_000;

    /** The low byte of the status of a stopped process, wait(2). */
    private static final int STOPPED = 0x7f;

    private final HostProcesses host;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Queue<KilledStub> dying = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final MemorySegment status = Arena.ofAuto().allocate(8);

    /** Whether the thread may be waiting for work, not looking at the dead. Any thread. */
    private volatile boolean asleep;

    /** Own thread only. */
    private boolean ended;

    public StubParent(HostProcesses host, String threadName) {
        this.host = host;
        thread = Thread.ofPlatform().name(threadName).daemon().start(this::work);
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
                dying.forEach(KilledStub::releaseAll);
            }
            collect();
            LockSupport.parkNanos(LAST_PERIOD_NS);
        }
    }

    /** Does something later, on this thread. It must not throw. */
    public void later(Runnable job) {
        work.add(job);
    }

    /** Has this thread start a process; gives what {@code starter} gives. */
    public int spawn(IntSupplier starter) {
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
    public void reap(KilledStub stub) {
        dying.add(stub);
        if (asleep) {
            // once for many: waking a thread costs more than the rest of this
            asleep = false;
            work.add(() -> {});
        }
    }

    /** Whether the process or thread {@code tid} has ended; {@code status} is written over. */
    public static boolean isGone(HostProcesses host, int tid, MemorySegment status) {
        int result = host.pollFor(tid, status);
        // a stop that was not seen yet comes before the end
        return result > 0
                ? (status.get(JAVA_INT, 0) & 0xff) != STOPPED
                : result == -Errno.ECHILD.number();
    }

    /** Ends when everything asked for is done. */
    @Override
    public void close() {
        work.add(() -> ended = true);
        Suspendable.awaitEnd(thread);
    }
}
