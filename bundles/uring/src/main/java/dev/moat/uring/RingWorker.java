package dev.moat.uring;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SandboxWorker;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * Goes on with operations that were woken or whose time has come, and looks for submissions of
 * rings that are polled. Starts with the first operation that waits.
 */
@Stateful(version = 3, upgrade = RingWorkerUpgrade.class)
final class RingWorker extends SandboxWorker {
    private static final String PART = "uring.worker";

    /** Between two looks at the submissions of polled rings. */
    private static final long POLL_NS = 100_000;

    /** How often in one call a task looks for what it may go on with. */
    private static final int MOST_LOOKS = 16;

    private final ConcurrentLinkedQueue<Request> ready = new ConcurrentLinkedQueue<>();
    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Requests with a deadline. Guarded by lock, as all below without other word. */
    private final RequestList timed = new RequestList(RequestList.Role.TIMED);

    /** No deadline is sooner: as long as that is not reached, nobody looks through all. */
    private long earliestNs;

    /** Rings with IORING_SETUP_SQPOLL. */
    private final List<Ring> polled = new ArrayList<>();

    private RingWorker(Sandbox sandbox) {
        super(sandbox);
        keeping = new Keeping(sandbox);
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
        unpark();
    }

    /** Makes the thread look around; starts it if it is not there. */
    void wake() {
        start();
        unpark();
    }

    @Override
    protected String purpose() {
        return "uring";
    }

    void addTimed(Request request) {
        lock.lock();
        try {
            timed.add(request);
            earliestNs = Math.min(earliestNs, request.deadlineNs());
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

    @Override
    protected void work() {
        while (!isStopping()) {
            goOn();
            boolean busy = false;
            long nowNs = sandbox().clock().monotonicNs();
            long nextNs = fire(nowNs);
            for (Ring ring : copyPolled()) {
                busy |= pollSubmissions(ring, nowNs);
            }
            if (ready.isEmpty() && !isStopping()) {
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
        while (!isStopping() && (request = ready.poll()) != null) {
            if (request.claimQueued()) {
                goOn(request);
            }
        }
    }

    private void goOn(Request request) {
        try {
            request.ring().run(request);
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    private void expire(Request request) {
        try {
            request.ring().expire(request);
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    private boolean pollSubmissions(Ring ring, long nowNs) {
        try {
            return ring.pollSubmissions(nowNs);
        } catch (RuntimeException | Error bug) {
            failed(bug);
            return true;
        }
    }

    /** A bug of the kernel has ended an operation: all others of the sandbox go on. */
    private void failed(Throwable bug) {
        if (KernelBug.isOutOfMemory(bug) || sandbox().bugs().isUndone(bug)) {
            return;
        }
        LoggerFactory.getLogger(RingWorker.class)
                .error("{}: an operation of a ring failed", sandbox().name(), bug);
        sandbox().log("kernel bug in an operation of a ring, which ends: " + bug);
    }

    /** Ends what has reached its deadline; gives the next one. */
    private long fire(long nowNs) {
        List<Request> waiting;
        lock.lock();
        try {
            if (nowNs < earliestNs) {
                return earliestNs;
            }
            waiting = timed.copy();
            earliestNs = Blocker.FOREVER;
        } finally {
            lock.unlock();
        }
        long nextNs = Blocker.FOREVER;
        for (Request request : waiting) {
            long deadlineNs = request.deadlineNs();
            if (deadlineNs > nowNs) {
                nextNs = Math.min(nextNs, deadlineNs);
            } else if (request.claimWaiting()) {
                expire(request);
                // It may have another deadline now.
                nextNs = nowNs;
            } else {
                // who works on it looks at its time no more
                nextNs = Math.min(nextNs, nowNs + POLL_NS);
            }
        }
        lock.lock();
        try {
            earliestNs = Math.min(earliestNs, nextNs);
            return earliestNs;
        } finally {
            lock.unlock();
        }
    }

    /** Goes on with what was woken of one task, on its own thread: sooner than the worker would. */
    void goOnFor(Task task) {
        boolean any = true;
        for (int i = 0; any && i < MOST_LOOKS; i++) {
            any = false;
            for (Request request : ready) {
                if (request.submitter() == task && request.claimQueued()) {
                    request.ring().run(request);
                    any = true;
                }
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
}
