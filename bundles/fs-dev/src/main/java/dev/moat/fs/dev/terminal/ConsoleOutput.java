package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves what a terminal shows to a host descriptor, on a thread of its own: host writes may block.
 */
@Stateful
final class ConsoleOutput implements Waiter, Runnable {
    private static final int CHUNK_BYTES = 4096;

    private final HostFiles files;
    private final int fd;
    private final Pty pty;
    private final Thread thread;

    /** Written by {@link #drain}, read by the thread, which is unparked afterwards. */
    private volatile boolean draining;

    private ConsoleOutput(HostFiles files, int fd, Pty pty) {
        this.files = files;
        this.fd = fd;
        this.pty = pty;
        this.thread = Thread.ofPlatform().name("moat-console-out").daemon().unstarted(this);
    }

    /**
     * @param fd owned by the new object
     */
    static ConsoleOutput start(HostFiles files, int fd, Pty pty) {
        ConsoleOutput output = new ConsoleOutput(files, fd, pty);
        pty.masterQueue().add(output);
        output.thread.start();
        return output;
    }

    @Override
    public boolean woken(int events) {
        LockSupport.unpark(thread);
        return false;
    }

    /** Writes what is left and ends; waits for that no longer than {@code limitMs}. */
    void drain(long limitMs) {
        draining = true;
        LockSupport.unpark(thread);
        try {
            thread.join(Duration.ofMillis(limitMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        byte[] bytes = new byte[CHUNK_BYTES];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(CHUNK_BYTES);
            boolean usable = true;
            while (usable) {
                boolean last = draining;
                long count = pty.readMaster(bytes, bytes.length);
                if (count > 0) {
                    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, count);
                    usable = writeAll(buffer.asSlice(0, count));
                } else if (last) {
                    break;
                } else {
                    LockSupport.park(this);
                }
            }
        } finally {
            pty.masterQueue().remove(this);
            files.close(fd);
        }
    }

    /** Whether the host took it; a host terminal that is gone takes nothing more. */
    private boolean writeAll(MemorySegment buffer) {
        long done = 0;
        while (done < buffer.byteSize()) {
            long count = files.write(fd, buffer.asSlice(done));
            if (HostResult.is(count, Errno.EAGAIN)) {
                files.poll(fd, PollFlags.POLLOUT, -1);
            } else if (HostResult.failed(count) && !HostResult.is(count, Errno.EINTR)) {
                return false;
            } else {
                done += Math.max(0, count);
            }
        }
        return true;
    }
}
