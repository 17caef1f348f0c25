package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SpliceFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.pipe.PipeFile;

/** {@code splice(2)}, {@code tee(2)}, {@code vmsplice(2)}. */
public final class SpliceCalls {
    private static final int KNOWN =
            SpliceFlags.SPLICE_F_MOVE
                    | SpliceFlags.SPLICE_F_NONBLOCK
                    | SpliceFlags.SPLICE_F_MORE
                    | SpliceFlags.SPLICE_F_GIFT;

    @Syscall(nr = 275, name = "splice")
    public long splice(
            Task task, int inFd, long inOffset, int outFd, long outOffset, long length, int flags) {
        if (length == 0) {
            return 0;
        }
        Args.checkFlags(flags, KNOWN);
        FileDescription in = Args.file(task, inFd);
        try {
            FileDescription out = Args.file(task, outFd);
            try {
                if (in instanceof PipeFile && inOffset != 0
                        || out instanceof PipeFile && outOffset != 0) {
                    throw Errno.ESPIPE.exception();
                }
                long from = offset(task, inOffset);
                long to = offset(task, outOffset);
                Transfers.checkReadable(in);
                Transfers.checkWritable(out);
                ReadCalls.checkOffset(length);
                if (in instanceof PipeFile) {
                    return advance(task, outOffset, to, move(task, in, -1, out, to, length, flags));
                }
                return advance(task, inOffset, from, move(task, in, from, out, -1, length, flags));
            } catch (WaitSuspended e) {
                task.resumption().pin(inFd, in);
                task.resumption().pin(outFd, out);
                throw e;
            } finally {
                out.release();
            }
        } finally {
            in.release();
        }
    }

    private static long move(
            Task task,
            FileDescription in,
            long from,
            FileDescription out,
            long to,
            long length,
            int flags) {
        boolean noWait = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
        if (in instanceof PipeFile source) {
            boolean still = noWait || in.isNonBlocking();
            if (out instanceof PipeFile target) {
                if (source.pipe() == target.pipe()) {
                    throw Errno.EINVAL.exception();
                }
                return Splices.between(
                        task, source, target, length, still || out.isNonBlocking(), false);
            }
            checkPositional(out, to);
            if ((out.flags() & OpenFlags.O_APPEND) != 0 || !out.takesSplices()) {
                throw Errno.EINVAL.exception();
            }
            return Splices.toFile(task, source, out, to, length, still);
        }
        if (!(out instanceof PipeFile target)) {
            throw Errno.EINVAL.exception();
        }
        checkPositional(in, from);
        return Splices.fromFile(task, in, from, target, length, noWait || out.isNonBlocking());
    }

    /** EINVAL for an offset of a file that has none: do_splice(). */
    private static void checkPositional(FileDescription file, long offset) {
        if (offset != Transfers.POSITION && !file.isPositional()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** The offset that a call names, or the file position. */
    static long offset(Task task, long userAddr) {
        if (userAddr == 0) {
            return Transfers.POSITION;
        }
        long offset = task.user().readLong(userAddr);
        ReadCalls.checkOffset(offset);
        return offset;
    }

    /** Tells the offset that a call names, moved by what was transferred; EFAULT. */
    static long advance(Task task, long userAddr, long offset, long moved) {
        if (userAddr != 0 && moved >= 0) {
            task.user().writeLong(userAddr, offset + moved);
        }
        return moved;
    }

    @Syscall(nr = 276, name = "tee")
    public long tee(Task task, int inFd, int outFd, long length, int flags) {
        Args.checkFlags(flags, KNOWN);
        if (length == 0) {
            return 0;
        }
        FileDescription in = Args.file(task, inFd);
        try {
            FileDescription out = Args.file(task, outFd);
            try {
                if (!in.isReadable() || !out.isWritable()) {
                    throw Errno.EBADF.exception();
                }
                if (!(in instanceof PipeFile source)
                        || !(out instanceof PipeFile target)
                        || source.pipe() == target.pipe()) {
                    throw Errno.EINVAL.exception();
                }
                boolean noWait =
                        (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0
                                || in.isNonBlocking()
                                || out.isNonBlocking();
                return Splices.between(task, source, target, length, noWait, true);
            } catch (WaitSuspended e) {
                task.resumption().pin(inFd, in);
                task.resumption().pin(outFd, out);
                throw e;
            } finally {
                out.release();
            }
        } finally {
            in.release();
        }
    }

    @Syscall(nr = 278, name = "vmsplice")
    public long vmsplice(Task task, int fd, long vectors, long count, int flags) {
        Args.checkFlags(flags, KNOWN);
        FileDescription file = Args.file(task, fd);
        try {
            if (count < 0 || count > dev.moat.abi.Limits.UIO_MAXIOV) {
                throw Errno.EINVAL.exception();
            }
            boolean noWait = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
            boolean write = file.isWritable();
            IoBuffer buffer =
                    task.user()
                            .buffer(vectors, (int) count, write ? BufferUse.PIN : BufferUse.READ);
            if (buffer.remaining() == 0) {
                return 0;
            }
            if (!(file instanceof PipeFile pipe)) {
                throw Errno.EBADF.exception();
            }
            return write
                    ? give(task, pipe, buffer, noWait)
                    : Transfers.read(task, file, buffer, Transfers.POSITION, noWait);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    /** vmsplice_to_pipe: waits for room only, and gives what there is room for then. */
    private static long give(Task task, PipeFile pipe, IoBuffer buffer, boolean noWait) {
        if (!noWait) {
            long room = Splices.awaitRoom(task, pipe, pipe.isNonBlocking());
            if (room < 0) {
                return room;
            }
        }
        long given =
                Transfers.write(task, pipe, buffer, Transfers.POSITION, FallocateFlags.RWF_NOWAIT);
        // PIPE_BUF bytes go as one: pipe(7)
        return given == Errno.EAGAIN.negated() && !noWait
                ? Transfers.write(task, pipe, buffer, Transfers.POSITION, 0)
                : given;
    }
}
