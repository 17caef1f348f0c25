package dev.moat.fs.host;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Polls host descriptors that somebody waits for, on one thread that exists only while there is
 * something to watch. A watch is for one event and ends with it.
 */
final class ReadinessWatcher implements AutoCloseable {
    private static final int POLLIN = 1;

    private final HostFiles files;
    private final RankedLock lock = new RankedLock(LockRank.TIMERS);
    private final int wakeFd;

    /** Wanted events by file, guarded by the lock. */
    private final Map<HostDescriptorFile, Integer> watched = new LinkedHashMap<>();

    private @Nullable Thread thread;

    /** Who is being told. */
    private @Nullable HostDescriptorFile telling;

    /** The telling is over. */
    private final Condition told = lock.newCondition();

    private boolean closed;

    ReadinessWatcher(HostFiles files) {
        this.files = files;
        this.wakeFd = HostResult.orThrow(files.eventfd(0, 04000));
    }

    /** Tells {@code file} once, when any of {@code events} (POLL*) is possible. */
    void watch(HostDescriptorFile file, int events) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            Integer before = watched.get(file);
            if (before != null && (before & events) == events) {
                return;
            }
            watched.merge(file, events, (a, b) -> a | b);
            if (thread == null) {
                thread = Thread.ofPlatform().name("moat-host-poll").daemon().start(this::pollLoop);
            } else {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Stops watching; the caller closes the descriptor afterwards. */
    void forget(HostDescriptorFile file) {
        lock.lock();
        try {
            if (watched.remove(file) != null) {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops watching until {@link #watch}; when it returns, {@code file} is not told of anything
     * any more.
     *
     * @return events that it waits for
     */
    int pause(HostDescriptorFile file) {
        lock.lock();
        try {
            while (telling == file) {
                told.awaitUninterruptibly();
            }
            Integer wanted = watched.remove(file);
            wake();
            return wanted == null ? 0 : wanted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Thread running;
        lock.lock();
        try {
            closed = true;
            watched.clear();
            running = thread;
            wake();
        } finally {
            lock.unlock();
        }
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        files.close(wakeFd);
    }

    private void wake() {
        files.write(wakeFd, MemorySegment.ofArray(new long[] {1}));
    }

    private void pollLoop() {
        MemorySegment drained = MemorySegment.ofArray(new long[1]);
        while (true) {
            List<HostDescriptorFile> polled = new ArrayList<>();
            int[] fds;
            short[] events;
            lock.lock();
            try {
                if (closed) {
                    return;
                }
                fds = new int[watched.size() + 1];
                events = new short[fds.length];
                fds[0] = wakeFd;
                events[0] = POLLIN;
                for (Map.Entry<HostDescriptorFile, Integer> entry : watched.entrySet()) {
                    polled.add(entry.getKey());
                    fds[polled.size()] = entry.getKey().fd();
                    events[polled.size()] = entry.getValue().shortValue();
                }
            } finally {
                lock.unlock();
            }
            short[] ready = new short[fds.length];
            files.poll(fds, events, ready, -1);
            if (ready[0] != 0) {
                files.read(wakeFd, drained);
            }
            for (int i = 0; i < polled.size(); i++) {
                if (ready[i + 1] != 0) {
                    finish(polled.get(i), ready[i + 1]);
                }
            }
        }
    }

    private void finish(HostDescriptorFile file, int events) {
        lock.lock();
        try {
            if (watched.remove(file) == null) {
                return;
            }
            telling = file;
        } finally {
            lock.unlock();
        }
        try {
            file.becameReady(events);
        } catch (Throwable bug) {
            // in whoever waits for the file: the thread serves all files of all sandboxes
            file.failedToTell(events, bug);
        } finally {
            lock.lock();
            telling = null;
            told.signalAll();
            lock.unlock();
        }
    }
}
