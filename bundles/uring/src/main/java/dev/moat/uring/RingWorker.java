package dev.moat.uring;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Goes on with operations that were woken or whose time has come, and looks for submissions of
 * rings that are polled: one thread for all rings of a sandbox, so that a guest with many rings
 * does not get many threads of the kernel host. Starts with the first operation that waits.
 */
@Stateful(version = 2)
final class RingWorker implements Suspendable, AutoCloseable {
    private static final String PART = "uring.worker";

    /** Between two looks at the submissions of polled rings. */
    private static final long POLL_NS = 100_000;

    private final Sandbox sandbox;
    private final ConcurrentLinkedQueue<Request> ready = new ConcurrentLinkedQueue<>();
    private final Keeping keeping = new Keeping();
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Requests with a deadline. Guarded by lock, as all below without other word. */
    private final RequestList timed = new RequestList(RequestList.Role.TIMED);

    /** Rings with IORING_SETUP_SQPOLL. */
    private final List<Ring> polled = new ArrayList<>();

    private boolean wanted;

    /** Written by {@link #suspend}, read by the thread, which is unparked afterwards. */
    private volatile boolean stopping;

    /** Null while there is none. */
    @Derived("started again")
    private volatile @Nullable Thread thread;

    private RingWorker(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    static RingWorker of(Sandbox sandbox) {
        return (RingWorker) sandbox.part(PART, () -> create(sandbox));
    }

    private static RingWorker create(Sandbox sandbox) {
        RingWorker worker = new RingWorker(sandbox);
        sandbox.safePoint().addSuspendable(worker);
        return worker;
    }

    Keeping keeping() {
        return keeping;
    }

    /** Takes a request that was woken. Any thread, also under locks of rank below TASK. */
    void enqueue(Request request) {
        ready.add(request);
        LockSupport.unpark(thread);
    }

    /** Makes the thread look around; starts it if it is not there. */
    void wake() {
        start();
        LockSupport.unpark(thread);
    }

    /** Makes sure that somebody takes what is woken. */
    void start() {
        if (thread == null) {
            lock.lock();
            try {
                wanted = true;
                startLocked();
            } finally {
                lock.unlock();
            }
        }
    }

    private void startLocked() {
        if (thread == null && !stopping) {
            Thread fresh =
                    Thread.ofPlatform()
                            .daemon()
                            .name("moat-uring-" + sandbox.name())
                            .unstarted(this::work);
            thread = fresh;
            fresh.start();
        }
    }

    void addTimed(Request request) {
        lock.lock();
        try {
            timed.add(request);
        } finally {
            lock.unlock();
        }
    }

    void removeTimed(Request request) {
        lock.lock();
        try {
            timed.remove(request);
        } finally {
            lock.unlock();
        }
    }

    void addPolled(Ring ring) {
        lock.lock();
        try {
            polled.add(ring);
        } finally {
            lock.unlock();
        }
        wake();
    }

    void removePolled(Ring ring) {
        lock.lock();
        try {
            polled.remove(ring);
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        while (!stopping) {
            goOn();
            boolean busy = false;
            long nowNs = sandbox.clock().monotonicNs();
            long nextNs = fire(nowNs);
            for (Ring ring : copyPolled()) {
                busy |= ring.pollSubmissions(nowNs);
            }
            if (ready.isEmpty() && !stopping) {
                park(busy, nextNs - nowNs, nextNs);
            }
        }
    }

    private void park(boolean busy, long waitNs, long nextNs) {
        if (busy) {
            LockSupport.parkNanos(this, Math.min(POLL_NS, Math.max(1, waitNs)));
        } else if (nextNs == Blocker.FOREVER) {
            LockSupport.park(this);
        } else if (waitNs > 0) {
            LockSupport.parkNanos(this, waitNs);
        }
    }

    private void goOn() {
        Request request;
        while (!stopping && (request = ready.poll()) != null) {
            if (request.claimQueued()) {
                request.ring().run(request);
            }
        }
    }

    /** Ends what has reached its deadline; gives the next one. */
    private long fire(long nowNs) {
        List<Request> waiting;
        lock.lock();
        try {
            waiting = timed.copy();
        } finally {
            lock.unlock();
        }
        long nextNs = Blocker.FOREVER;
        for (Request request : waiting) {
            long deadlineNs = request.deadlineNs();
            if (deadlineNs > nowNs) {
                nextNs = Math.min(nextNs, deadlineNs);
            } else if (request.claimWaiting()) {
                request.ring().expire(request);
                // It may have another deadline now.
                nextNs = nowNs;
            }
        }
        return nextNs;
    }

    /** Goes on with what was woken of one task, on its own thread: sooner than the worker would. */
    void goOnFor(Task task) {
        for (Request request : ready) {
            if (request.submitter() == task && request.claimQueued()) {
                request.ring().run(request);
            }
        }
    }

    private List<Ring> copyPolled() {
        lock.lock();
        try {
            return List.copyOf(polled);
        } finally {
            lock.unlock();
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
