package dev.moat.loader.vdso;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the clock pages of all sandboxes right: one thread, which lives while there are pages.
 * Thread safe.
 *
 * <p>The pages are mappings of the keeper's own, so that it never writes to memory that a sandbox
 * on its way out has given back.
 */
public final class ClockKeeper implements AutoCloseable {
    private static final int PROT_READ_WRITE = 3;

    /** The first updates come quickly, because the slope is coarse at first. */
    private static final long SHORTEST_NS = 20_000_000;

    private static final long LONGEST_NS = 250_000_000;
    private static final long STACK_BYTES = 256 * 1024;

    /** Pages beyond are for sandboxes only: guests can make any number of time namespaces. */
    private static final int MANY = 256;

    private static final ClockOffsets NO_OFFSETS = new ClockOffsets(0, 0);

    private final HostSystem host;
    private final HostMemory hostMemory;
    private final ClockReader reader;
    private final ClockModel model = new ClockModel();

    private final RankedLock lock = new RankedLock(LockRank.TASK);
    private final Condition changed = lock.newCondition();

    /** Owner to page. Guarded by {@link #lock}, as all below. */
    private final Map<Object, ClockPage> pages = new HashMap<>();

    private long intervalNs = SHORTEST_NS;
    private @Nullable ClockLine line;
    private boolean running;
    private boolean closed;

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

    /** Whether there is room for the page of a time namespace. */
    boolean hasRoom() {
        lock.lock();
        try {
            return pages.size() < MANY;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps the page at {@code offset} of a memory file until {@link #remove}.
     *
     * @param offsets of the clocks that the page shows
     */
    void add(Object owner, int memoryFd, long offset, ClockOffsets offsets) {
        ClockPage page = map(memoryFd, offset, offsets);
        lock.lock();
        try {
            if (closed) {
                page.retire();
                hostMemory.unmap(page.memory());
                return;
            }
            page.setCpus(host.usableCpuNumbers());
            boolean first = pages.isEmpty();
            pages.put(owner, page);
            if (first) {
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
    void retire(int memoryFd, long offset) {
        ClockPage page = map(memoryFd, offset, NO_OFFSETS);
        page.retire();
        hostMemory.unmap(page.memory());
    }

    private ClockPage map(int memoryFd, long offset, ClockOffsets offsets) {
        return new ClockPage(
                hostMemory.map(memoryFd, offset, ClockPage.SIZE_BYTES, PROT_READ_WRITE), offsets);
    }

    void remove(Object owner) {
        lock.lock();
        try {
            ClockPage page = pages.remove(owner);
            if (page != null) {
                hostMemory.unmap(page.memory());
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
            for (ClockPage page : pages.values()) {
                page.retire();
                hostMemory.unmap(page.memory());
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
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running = false;
            lock.unlock();
        }
    }

    private void updateLocked() {
        line = model.update(reader.sample(), intervalNs);
        publishLocked();
    }

    private void publishLocked() {
        if (line != null) {
            long realtime = reader.realtimeOffsetNs();
            long boottime = reader.boottimeOffsetNs();
            for (ClockPage page : pages.values()) {
                page.publish(line, realtime, boottime);
            }
        }
    }
}
