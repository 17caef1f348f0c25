package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.TermiosConstants;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/** Moves what the operator types from a host descriptor to a terminal, on a thread of its own. */
@Stateful
final class ConsoleInput implements Waiter, Runnable, AutoCloseable {
    private static final int CHUNK_BYTES = 1024;

    private final HostFiles files;
    private final int fd;
    private final int stopFd;
    private final Pty pty;
    private final Thread thread;

    /** Written by {@link #close}, read by the thread, which is woken afterwards. */
    private volatile boolean closing;

    private ConsoleInput(HostFiles files, int fd, int stopFd, Pty pty) {
        this.files = files;
        this.fd = fd;
        this.stopFd = stopFd;
        this.pty = pty;
        this.thread = Thread.ofPlatform().name("moat-console-in").daemon().unstarted(this);
    }

    /**
     * @param fd owned by the new object
     */
    static ConsoleInput start(HostFiles files, int fd, Pty pty) {
        ConsoleInput input =
                new ConsoleInput(files, fd, HostResult.orThrow(files.eventfd(0, 0)), pty);
        pty.masterQueue().add(input);
        input.thread.start();
        return input;
    }

    /** There is room in the terminal again. */
    @Override
    public boolean woken(int events) {
        LockSupport.unpark(thread);
        return false;
    }

    @Override
    public void close() {
        closing = true;
        files.write(stopFd, MemorySegment.ofArray(new long[] {1}));
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        files.close(stopFd);
    }

    @Override
    public void run() {
        byte[] bytes = new byte[CHUNK_BYTES];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(CHUNK_BYTES);
            while (awaitInput()) {
                long count = files.read(fd, buffer);
                if (HostResult.is(count, Errno.EINTR) || HostResult.is(count, Errno.EAGAIN)) {
                    continue;
                }
                if (count <= 0) {
                    ended(count);
                    return;
                }
                MemorySegment.copy(buffer, 0, MemorySegment.ofArray(bytes), 0, count);
                type(bytes, (int) count);
            }
        } finally {
            pty.masterQueue().remove(this);
            files.close(fd);
        }
    }

    private boolean awaitInput() {
        int[] fds = {fd, stopFd};
        short[] events = {(short) PollFlags.POLLIN, (short) PollFlags.POLLIN};
        short[] ready = new short[2];
        while (!closing) {
            int count = files.poll(fds, events, ready, -1);
            if (count > 0 && ready[0] != 0 && !closing) {
                return true;
            }
        }
        return false;
    }

    /** The end of a file is typed as such; a host terminal that is gone hangs up. */
    private void ended(long result) {
        if (HostResult.failed(result)) {
            pty.hangUp();
        } else if (pty.mode().canonical()) {
            type(new byte[] {(byte) pty.mode().special(TermiosConstants.VEOF)}, 1);
        }
    }

    private void type(byte[] bytes, int length) {
        int done = 0;
        while (done < length && !closing) {
            byte[] rest = Arrays.copyOfRange(bytes, done, length);
            long taken = pty.writeMaster(rest, rest.length);
            if (taken > 0) {
                done += (int) taken;
            } else {
                LockSupport.park(this);
            }
        }
    }
}
