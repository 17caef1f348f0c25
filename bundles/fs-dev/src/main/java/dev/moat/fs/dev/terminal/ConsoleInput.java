package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.TermiosConstants;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
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
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Moves what the operator types from a host descriptor to a terminal, on a thread of its own. */
@Stateful
final class ConsoleInput implements Waiter, Suspendable, Reopenable, AutoCloseable {
    private static final int CHUNK_BYTES = 1024;

    private final HostFiles files;

    @HostBound("the restorer's standard input")
    private int fd;

    @HostBound("a new one")
    private int stopFd;

    private final Pty pty;

    /** Null while it is suspended, and after the end of the input. */
    @Derived("started again")
    private volatile @Nullable Thread thread;

    /** What was read and not typed yet; the thread's. */
    private byte[] pending = new byte[0];

    /** The input has ended: no thread any more. Written by the thread, read after its end. */
    @HostBound("that of the restorer has not")
    private boolean ended;

    /** Written by {@link #close} and {@link #suspend}, read by the thread, which is woken after. */
    private volatile boolean stopping;

    private ConsoleInput(HostFiles files, int fd, int stopFd, Pty pty) {
        this.files = files;
        this.fd = fd;
        this.stopFd = stopFd;
        this.pty = pty;
    }

    /**
     * @param fd owned by the new object
     */
    static ConsoleInput start(HostFiles files, int fd, Pty pty) {
        ConsoleInput input =
                new ConsoleInput(files, fd, HostResult.orThrow(files.eventfd(0, 0)), pty);
        pty.masterQueue().add(input);
        input.resume();
        return input;
    }

    /** There is room in the terminal again. */
    @Override
    public boolean woken(int events) {
        LockSupport.unpark(thread);
        return false;
    }

    @Override
    public void reopen(Restoration restoration) {
        fd = HostResult.orThrow(files.duplicate(restoration.standardStream(0)));
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
        Suspendable.awaitEnd(running);
        thread = null;
        files.read(stopFd, MemorySegment.ofArray(new long[1]));
        stopping = false;
    }

    @Override
    public void resume() {
        if (thread == null && !ended) {
            Thread fresh = PumpThreads.unstarted("moat-console-in", this::pump);
            thread = fresh;
            fresh.start();
        }
    }

    @Override
    public void close() {
        suspend();
        pty.masterQueue().remove(this);
        files.close(fd);
        files.close(stopFd);
    }

    private void pump() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(CHUNK_BYTES);
            while (typePending() && awaitInput()) {
                long count = files.read(fd, buffer);
                if (HostResult.is(count, Errno.EINTR) || HostResult.is(count, Errno.EAGAIN)) {
                    continue;
                }
                if (count <= 0) {
                    end(count);
                    return;
                }
                pending = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
            }
        }
    }

    private boolean awaitInput() {
        int[] fds = {fd, stopFd};
        short[] events = {(short) PollFlags.POLLIN, (short) PollFlags.POLLIN};
        short[] ready = new short[2];
        while (!stopping) {
            int count = files.poll(fds, events, ready, -1);
            if (count > 0 && ready[0] != 0 && !stopping) {
                return true;
            }
        }
        return false;
    }

    /** The end of a file is typed as such; a host terminal that is gone hangs up. */
    private void end(long result) {
        ended = true;
        if (HostResult.failed(result)) {
            pty.hangUp();
        } else if (pty.mode().canonical()) {
            pending = new byte[] {(byte) pty.mode().special(TermiosConstants.VEOF)};
            ended = typePending();
        }
    }

    /** Types all that is pending; false if it was stopped before. */
    private boolean typePending() {
        while (pending.length > 0) {
            if (stopping) {
                return false;
            }
            long taken = pty.writeMaster(pending, pending.length);
            if (taken > 0) {
                pending = Arrays.copyOfRange(pending, (int) taken, pending.length);
            } else {
                LockSupport.park(this);
            }
        }
        return true;
    }
}
