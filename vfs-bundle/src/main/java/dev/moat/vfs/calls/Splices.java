package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.pipe.Pipe;
import dev.moat.vfs.pipe.PipeFile;
import java.util.Arrays;

/** Moves bytes between files and pipes through kernel memory, one chunk at a time. */
final class Splices {
    static final int CHUNK = 1 << 16;

    /**
     * To or from a file that is no pipe, as far as the pipe has room: requests and answers of
     * fuse(4) come whole.
     */
    private static final int MOST_BYTES = 1 << 20;

    private static final long AGAIN = Waits.AGAIN;

    private Splices() {}

    /** Waits until {@code end} has bytes: 1, 0 at the end of the stream, -EAGAIN, -ERESTARTSYS. */
    static long awaitBytes(Task task, PipeFile end, boolean noWait) {
        Await wait = new Await(end.pipe(), true);
        long result = wait.attempt();
        return result == AGAIN && !noWait ? wait.await(task, end.waitQueue()) : result;
    }

    /** Waits until {@code end} has room: 1, -EAGAIN, -ERESTARTSYS; EPIPE with its signal. */
    static long awaitRoom(Task task, PipeFile end, boolean noWait) {
        Await wait = new Await(end.pipe(), false);
        long result = wait.attempt();
        if (result == AGAIN && !noWait) {
            result = wait.await(task, end.waitQueue());
        }
        if (result == Errno.EPIPE.negated()) {
            task.signals()
                    .send(
                            SigInfo.kill(
                                    Signals.SIGPIPE,
                                    SignalCodes.SI_USER,
                                    task.tgid(),
                                    task.credentials().uid()));
        }
        return result;
    }

    /** Moves from a file into a pipe with room. Only sockets know of a caller who does not wait. */
    static long fromFile(
            Task task, FileDescription in, long offset, PipeFile out, long length, boolean noWait) {
        long room = awaitRoom(task, out, noWait);
        if (room < 0) {
            return room;
        }
        if (!in.givesSplices()) {
            return Errno.EINVAL.negated();
        }
        byte[] bytes =
                new byte[ready(out, Math.min(Math.min(length, MOST_BYTES), out.pipe().free()))];
        boolean still = noWait && FileMode.S_ISSOCK(in.inode().mode());
        long moved;
        try {
            moved = Transfers.read(task, in, KernelBuffer.of(bytes), offset, still);
        } catch (ErrnoException e) {
            // A device without offsets: not FMODE_PREAD, do_splice().
            boolean refused = e.errno() == Errno.ESPIPE && offset != Transfers.POSITION;
            throw refused ? Errno.EINVAL.exception() : e;
        }
        if (moved > 0) {
            out.pipe().append(KernelBuffer.of(Arrays.copyOf(bytes, (int) moved)));
        }
        return moved;
    }

    /** As many of {@code wanted} bytes as there is memory for: ENOMEM for none. */
    private static int ready(PipeFile out, long wanted) {
        return out.pipe().reserve((int) wanted);
    }

    /** Moves from a pipe to a file; what the file does not take stays in the pipe. */
    static long toFile(
            Task task, PipeFile in, FileDescription out, long offset, long length, boolean noWait) {
        long before = task.resumption().count();
        boolean more = before == 0;
        long available = awaitBytes(task, in, noWait || !more);
        if (available <= 0) {
            return more ? available : before;
        }
        long most = Math.min(length - before, Math.min(MOST_BYTES, in.pipe().count()));
        byte[] bytes = new byte[(int) most];
        KernelBuffer peeked = KernelBuffer.of(bytes);
        int count = in.pipe().peek(peeked, bytes.length);
        KernelBuffer source = KernelBuffer.of(Arrays.copyOf(bytes, count));
        long moved;
        try {
            moved =
                    Transfers.write(
                            task, out, source, offset, noWait ? FallocateFlags.RWF_NOWAIT : 0);
        } catch (WaitSuspended e) {
            long written = task.resumption().takeProgress();
            in.pipe().discard((int) written);
            task.resumption().setCount(before + written);
            throw e;
        }
        if (moved > 0) {
            in.pipe().discard((int) moved);
        }
        return moved > 0 || more ? before + moved : before;
    }

    /** Moves, or copies for tee(2), from one pipe to another. */
    static long between(
            Task task, PipeFile in, PipeFile out, long length, boolean noWait, boolean copy) {
        long available = awaitBytes(task, in, noWait);
        if (available <= 0) {
            return available;
        }
        long room = awaitRoom(task, out, noWait);
        if (room < 0) {
            return room;
        }
        int most = Math.min(in.pipe().count(), out.pipe().free());
        byte[] bytes = new byte[ready(out, Math.min(length, Math.min(CHUNK, most)))];
        int count = in.pipe().peek(KernelBuffer.of(bytes), bytes.length);
        out.pipe().append(KernelBuffer.of(Arrays.copyOf(bytes, count)));
        if (!copy) {
            in.pipe().discard(count);
        }
        return count;
    }

    private static final class Await extends Waits {
        private final Pipe pipe;
        private final boolean bytes;

        Await(Pipe pipe, boolean bytes) {
            this.pipe = pipe;
            this.bytes = bytes;
        }

        @Override
        long attempt() {
            if (bytes) {
                return pipe.count() > 0 ? 1 : pipe.hasWriters() ? AGAIN : 0;
            }
            if (!pipe.hasReaders()) {
                return Errno.EPIPE.negated();
            }
            return pipe.free() > 0 ? 1 : AGAIN;
        }
    }
}
