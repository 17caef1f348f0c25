package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.moat.api.host.HostProcesses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntSupplier;

/**
 * The thread that is the parent of all stub processes of a session: they die with it
 * (PR_SET_PDEATHSIG is about the parent <em>thread</em>). It starts the first one and reaps all.
 */
final class StubParent implements AutoCloseable {
    private final HostProcesses host;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final MemorySegment status = Arena.ofAuto().allocate(8);

    /** Own thread only. */
    private boolean ended;

    StubParent(HostProcesses host) {
        this.host = host;
        thread = Thread.ofPlatform().name("moat-ptrace-parent").daemon().start(this::work);
    }

    private void work() {
        while (!ended) {
            try {
                work.take().run();
            } catch (InterruptedException e) {
                // only close() ends this thread
            }
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
        work.add(() -> {
            for (int tid : threads) {
                if (tid != processId) {
                    waitForEnd(tid);
                }
            }
            waitForEnd(processId);
            controlPage.close();
        });
    }

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
