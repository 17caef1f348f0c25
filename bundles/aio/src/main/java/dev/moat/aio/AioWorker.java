package dev.moat.aio;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends polls that were woken, and contexts whose memory is gone: one thread for a sandbox, started
 * with the first context.
 */
@Stateful
final class AioWorker implements Suspendable, AutoCloseable {
    private static final String PART = "aio.worker";

    private final Sandbox sandbox;
    private final ConcurrentLinkedQueue<AioPoll> woken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<AioContext> abandoned = new ConcurrentLinkedQueue<>();
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** There was a context. Guarded by the lock. */
    private boolean wanted;

    /** Written by {@link #suspend}, read by the thread, which is unparked afterwards. */
    private volatile boolean stopping;

    /** Null while there is none. */
    @Derived("started again")
    private volatile @Nullable Thread thread;

    private AioWorker(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    static AioWorker of(Sandbox sandbox) {
        return (AioWorker) sandbox.part(PART, () -> create(sandbox));
    }

    private static AioWorker create(Sandbox sandbox) {
        AioWorker worker = new AioWorker(sandbox);
        sandbox.safePoint().addSuspendable(worker);
        return worker;
    }

    /** Any thread, with locks of rank below TASK. */
    void enqueue(AioPoll poll) {
        woken.add(poll);
        LockSupport.unpark(thread);
    }

    /** As {@link #enqueue}. */
    void enqueue(AioContext context) {
        abandoned.add(context);
        LockSupport.unpark(thread);
    }

    void start() {
        lock.lock();
        try {
            wanted = true;
            startLocked();
        } finally {
            lock.unlock();
        }
    }

    private void startLocked() {
        if (thread == null && !stopping) {
            Thread fresh =
                    Thread.ofPlatform()
                            .daemon()
                            .name("moat-aio-" + sandbox.name())
                            .unstarted(this::work);
            thread = fresh;
            fresh.start();
        }
    }

    private void work() {
        while (!stopping) {
            AioPoll poll;
            while (!stopping && (poll = woken.poll()) != null) {
                poll.dequeued();
                poll.context().look(poll);
            }
            AioContext context;
            while (!stopping && (context = abandoned.poll()) != null) {
                AioTable.of(sandbox).remove(context);
            }
            if (woken.isEmpty() && abandoned.isEmpty() && !stopping) {
                LockSupport.park(this);
            }
        }
    }

    @Override
    public void suspend() {
        Thread running = thread;
        if (running == null) {
            return;
        }
        stopping = true;
        LockSupport.unpark(running);
        join(running);
        thread = null;
        stopping = false;
    }

    private static void join(Thread running) {
        boolean interrupted = false;
        while (true) {
            try {
                running.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void resume() {
        lock.lock();
        try {
            if (wanted) {
                startLocked();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        sandbox.safePoint().removeSuspendable(this);
        suspend();
    }
}
