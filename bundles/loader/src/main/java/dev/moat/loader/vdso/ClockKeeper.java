package dev.moat.loader.vdso;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the clock pages of all sandboxes right: one thread, which lives while there are pages and
 * rests while no task runs that could read them. The first task that runs again brings the pages up
 * to date itself. Thread safe.
 *
 * <p>The pages are mappings of the keeper's own, so that it never writes to memory that a sandbox
 * on its way out has given back.
 */
public final class ClockKeeper implements WaitQueue.Waiter, AutoCloseable {
    private static final int PROT_READ_WRITE = 3;

    /** The first updates come quickly, because the slope is coarse at first. */
    private static final long SHORTEST_NS = 20_000_000;

    private static final long LONGEST_NS = 250_000_000;
    private static final long STACK_BYTES = 256 * 1024;

    private final HostSystem host;
    private final HostMemory hostMemory;
    private final ClockReader reader;
    private final ClockModel model = new ClockModel();

    private final RankedLock lock = new RankedLock(LockRank.CLOCK_PAGES);
    private final Condition changed = lock.newCondition();

    /** Owner to page. Guarded by {@link #lock}, as all below. */
    private final Map<Object, Kept> pages = new HashMap<>();

    private long intervalNs = SHORTEST_NS;
    private @Nullable ClockLine line;
    private boolean running;

    /** The thread waits for tasks to run: this is in the wait queues of all sandboxes. */
    private boolean resting;

    private boolean closed;

    /**
     * A page and who may read it.
     *
     * @param tasks of its sandbox
     */
    private record Kept(ClockPage page, Tasks tasks) {}

    ClockKeeper(HostSystem host, HostMemory hostMemory) {
        this.host = host;
        this.hostMemory = hostMemory;
        this.reader = new ClockReader(host);
        if (isUsable()) {
            model.update(reader.sample(), SHORTEST_NS);
        }
    }

    /** Whether the host's clock is the time stamp counter. */
    boolean isUsable() {
        return host.timestampCounter() != 0;
    }

    /**
     * Keeps the page at {@code offset} of a memory file until {@link #remove}.
     *
     * @param sandbox whose clock the page shows
     */
    void add(Object owner, int memoryFd, long offset, Sandbox sandbox) {
        ClockPage page = map(memoryFd, offset, sandbox.clock());
        lock.lock();
        try {
            if (closed) {
                page.retire();
                hostMemory.unmap(page.memory());
                return;
            }
            boolean first = pages.isEmpty();
            pages.put(owner, new Kept(page, sandbox.tasks()));
            if (resting) {
                stirLocked();
            } else if (first) {
                // Nobody has seen the line of former pages: it need not be followed.
                model.restart();
                updateLocked();
            } else {
                publishLocked();
            }
            if (!running) {
                running = true;
                Thread.ofPlatform()
                        .name("moat-vdso-clock")
                        .daemon()
                        .stackSize(STACK_BYTES)
                        .start(this::serve);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the service of a page that nobody keeps: what it shows is of another kernel host. */
    void retire(int memoryFd, long offset, Clock clock) {
        ClockPage page = map(memoryFd, offset, clock);
        page.retire();
        hostMemory.unmap(page.memory());
    }

    private ClockPage map(int memoryFd, long offset, Clock clock) {
        return new ClockPage(
                hostMemory.map(memoryFd, offset, ClockPage.SIZE_BYTES, PROT_READ_WRITE),
                clock.monotonicOffsetNs(),
                clock.boottimeOffsetNs());
    }

    void remove(Object owner) {
        lock.lock();
        try {
            Kept kept = pages.remove(owner);
            if (kept != null) {
                kept.tasks().awakenings().remove(this);
                hostMemory.unmap(kept.page().memory());
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the thread. Guests that still have pages of this keeper make system calls from now on.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Kept kept : pages.values()) {
                kept.tasks().awakenings().remove(this);
                kept.page().retire();
                hostMemory.unmap(kept.page().memory());
            }
            pages.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Body of the thread. */
    private void serve() {
        lock.lock();
        try {
            while (!pages.isEmpty()) {
                updateLocked();
                long rest = intervalNs;
                while (rest > 0 && !pages.isEmpty()) {
                    rest = changed.awaitNanos(rest);
                }
                intervalNs = Math.min(LONGEST_NS, intervalNs * 2);
                restLocked();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running = false;
            lock.unlock();
        }
    }

    /** Waits until a task runs, if none does. */
    private void restLocked() throws InterruptedException {
        if (isAnyRunningLocked()) {
            return;
        }
        pages.values().forEach(kept -> kept.tasks().awakenings().add(this));
        // after that: a task that runs from now on finds this in the queue
        resting = !isAnyRunningLocked();
        while (resting && !pages.isEmpty()) {
            changed.await();
        }
        resting = false;
        pages.values().forEach(kept -> kept.tasks().awakenings().remove(this));
    }

    private boolean isAnyRunningLocked() {
        for (Kept kept : pages.values()) {
            if (kept.tasks().isAnyRunning()) {
                return true;
            }
        }
        return false;
    }

    /** A task is about to run: what it reads has to be right. */
    @Override
    public boolean woken(int events) {
        lock.lock();
        try {
            if (resting) {
                stirLocked();
            }
        } finally {
            lock.unlock();
        }
        return false;
    }

    private void stirLocked() {
        resting = false;
        updateLocked();
        changed.signalAll();
    }

    private void updateLocked() {
        line = model.update(reader.sample(), intervalNs);
        publishLocked();
    }

    private void publishLocked() {
        if (line != null) {
            long realtime = reader.realtimeOffsetNs();
            long boottime = reader.boottimeOffsetNs();
            for (Kept kept : pages.values()) {
                kept.page().publish(line, realtime, boottime);
            }
        }
    }
}
