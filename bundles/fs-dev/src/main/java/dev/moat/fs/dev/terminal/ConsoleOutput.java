package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import dev.moat.api.task.WaitQueue.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Moves what a terminal shows to a host descriptor, on a thread of its own: host writes may block.
 */
@Stateful
final class ConsoleOutput implements Waiter, Suspendable, Reopenable {
    private static final int CHUNK_BYTES = 4096;

    /** How long a host that takes no output may hold the safe point up. */
    private static final long SUSPEND_MS = 100;

    private final HostFiles files;

    @HostBound("the restorer's standard output")
    private int fd;

    @HostBound("a new one")
    private int stopFd;

    private final Pty pty;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Null while it is suspended. */
    @Derived("started again")
    private volatile @Nullable Thread thread;

    /** The thread is on its way out. Guarded by lock. */
    private boolean left;

    /** What the host has not taken yet; the thread's. */
    private byte[] pending = new byte[0];

    /** The host takes nothing more. Written by the thread, read after its end. */
    @HostBound("that of the restorer has not")
    private boolean ended;

    /** Written by {@link #drain}, read by the thread, which is unparked afterwards. */
    private volatile boolean draining;

    /** Written by {@link #suspend}, read by the thread, which is woken afterwards. */
    private volatile boolean stopping;

    private ConsoleOutput(HostFiles files, int fd, int stopFd, Pty pty) {
        this.files = files;
        this.fd = fd;
        this.stopFd = stopFd;
        this.pty = pty;
    }

    /**
     * @param fd owned by the new object
     */
    static ConsoleOutput start(HostFiles files, int fd, Pty pty) {
        ConsoleOutput output =
                new ConsoleOutput(files, fd, HostResult.orThrow(files.eventfd(0, 0)), pty);
        pty.masterQueue().add(output);
        output.resume();
        return output;
    }

    @Override
    public boolean woken(int events) {
        LockSupport.unpark(thread);
        return false;
    }

    @Override
    public void reopen(Restoration restoration) {
        fd = HostResult.orThrow(files.duplicate(restoration.standardStream(1)));
        stopFd = HostResult.orThrow(files.eventfd(0, 0));
        pty.masterQueue().remove(this);
        pty.masterQueue().add(this);
    }

    @Override
    public void suspend() {
        Thread running = thread;
        if (running == null) {
            return;
        }
        stopping = true;
        files.write(stopFd, MemorySegment.ofArray(new long[] {1}));
        LockSupport.unpark(running);
        boolean stopped = join(running, SUSPEND_MS);
        files.read(stopFd, MemorySegment.ofArray(new long[1]));
        if (!stopped) {
            goOn();
            throw new IllegalStateException("the operator's terminal takes no output");
        }
        stopping = false;
        thread = null;
    }

    /** Takes back that the thread shall stop; it may have done so at the last moment. */
    private void goOn() {
        boolean late;
        lock.lock();
        try {
            stopping = false;
            late = left;
        } finally {
            lock.unlock();
        }
        if (late) {
            thread = null;
            resume();
        }
    }

    @Override
    public void resume() {
        if (thread == null && !ended) {
            left = false;
            Thread fresh = PumpThreads.unstarted("moat-console-out", this::pump);
            thread = fresh;
            fresh.start();
        }
    }

    /** Writes what is left and ends; waits for that no longer than {@code limitMs}. */
    void drain(long limitMs) {
        draining = true;
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
            join(running, limitMs);
        }
    }

    private void pump() {
        do {
            move();
        } while (!leaves());
        if (ended) {
            pty.masterQueue().remove(this);
            files.close(fd);
            files.close(stopFd);
        }
    }

    private boolean leaves() {
        lock.lock();
        try {
            left = stopping || ended;
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Moves bytes until it is stopped or nothing more is to come. */
    private void move() {
        byte[] bytes = new byte[CHUNK_BYTES];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(CHUNK_BYTES);
            while (writePending(buffer) && !stopping) {
                boolean last = draining;
                long count = pty.readMaster(bytes, bytes.length);
                if (count > 0) {
                    pending = Arrays.copyOf(bytes, (int) count);
                } else if (last) {
                    ended = true;
                } else {
                    LockSupport.park(this);
                }
            }
        }
    }

    /** Whether there is more to do: the host lives, and it was not stopped in the middle. */
    private boolean writePending(MemorySegment buffer) {
        while (pending.length > 0 && !ended) {
            if (!awaitRoom()) {
                return false;
            }
            MemorySegment.copy(pending, 0, buffer, ValueLayout.JAVA_BYTE, 0, pending.length);
            long count = files.write(fd, buffer.asSlice(0, pending.length));
            if (count > 0) {
                pending = Arrays.copyOfRange(pending, (int) count, pending.length);
            } else if (HostResult.failed(count)
                    && !HostResult.is(count, Errno.EAGAIN)
                    && !HostResult.is(count, Errno.EINTR)) {
                // A host terminal that is gone takes nothing more.
                ended = true;
            }
        }
        return !ended;
    }

    /** False if it was stopped before there was room. */
    private boolean awaitRoom() {
        int[] fds = {fd, stopFd};
        short[] events = {(short) PollFlags.POLLOUT, (short) PollFlags.POLLIN};
        short[] ready = new short[2];
        while (!stopping) {
            int count = files.poll(fds, events, ready, -1);
            if (count > 0 && ready[0] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether the thread has ended in time. */
    private static boolean join(Thread running, long limitMs) {
        try {
            return running.join(Duration.ofMillis(limitMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
