package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.moat.api.host.HostProcesses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The thread that is the parent of all stub processes of a session: they die with it
 * (PR_SET_PDEATHSIG is about the parent <em>thread</em>). It starts the first one and reaps all.
 */
final class StubParent implements AutoCloseable {
    private static final long COLLECT_PERIOD_MS = 10;

    private final HostProcesses host;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Queue<Dead> dead = new ConcurrentLinkedQueue<>();
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
                collect();
                next.ifPresent(Runnable::run);
            } catch (InterruptedException e) {
                // only close() ends this thread
            }
        }
        collect();
    }

    /** What to do next; nothing when it is time to collect the dead. */
    private Optional<Runnable> next() throws InterruptedException {
        asleep = true;
        if (dead.isEmpty()) {
            return Optional.of(work.take());
        }
        asleep = false;
        return Optional.ofNullable(work.poll(COLLECT_PERIOD_MS, TimeUnit.MILLISECONDS));
    }

    private void collect() {
        for (Dead process = dead.poll(); process != null; process = dead.poll()) {
            for (int tid : process.threads) {
                if (tid != process.processId) {
                    waitForEnd(tid);
                }
            }
            waitForEnd(process.processId);
            process.controlPage.close();
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

    /**
     * Collects a killed process and its traced threads, later; then gives back its control page.
     */
    void reap(int processId, List<Integer> threads, ControlPage controlPage) {
        dead.add(new Dead(processId, threads, controlPage));
        if (asleep) {
            // once for many: waking a thread costs more than the rest of this
            asleep = false;
            work.add(() -> {});
        }
    }

    private record Dead(int processId, List<Integer> threads, ControlPage controlPage) {}

    private void waitForEnd(int tid) {
        int result;
        do {
            result = host.waitFor(tid, status);
            // stops that were not collected come before the end; an error means that the tracer
            // collected it
        } while (result > 0 && WaitStatus.isStopped(status.get(JAVA_INT, 0)));
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
