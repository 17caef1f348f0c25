package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.pipe.PipeFile;
import java.lang.foreign.MemorySegment;

/** {@code sendfile(2)}, {@code copy_file_range(2)}. */
public final class SendfileCalls {
    @Syscall(nr = 40, name = "sendfile")
    public long sendfile(Task task, int outFd, int inFd, long offsetAddr, long count) {
        long given = offsetAddr == 0 ? 0 : task.user().readLong(offsetAddr);
        FileDescription in = Args.file(task, inFd);
        try {
            Transfers.checkReadable(in);
            if (offsetAddr != 0) {
                Transfers.checkPositional(in);
                ReadCalls.checkOffset(given);
            }
            ReadCalls.checkOffset(count);
            FileDescription out = Args.file(task, outFd);
            try {
                Transfers.checkWritable(out);
                if (out instanceof PipeFile pipe) {
                    if (count == 0) {
                        return 0;
                    }
                    if (!in.givesSplices()) {
                        // A pipe that nobody reads is told first: splice_file_to_pipe().
                        long room = Splices.awaitRoom(task, pipe, pipe.isNonBlocking());
                        return room < 0 ? room : Errno.EINVAL.negated();
                    }
                }
                int mode = in.inode().mode();
                if (!Args.isStored(in) && !FileMode.S_ISBLK(mode) && !FileMode.S_ISCHR(mode)
                        || (out.flags() & OpenFlags.O_APPEND) != 0
                        || count != 0 && !(in.givesSplices() && out.takesSplices())) {
                    throw Errno.EINVAL.exception();
                }
                long start = offsetAddr == 0 ? in.position() : given;
                long wanted = Math.min(Math.max(count, 0), Limits.MAX_RW_COUNT);
                Copy copy = new Copy(task, in, start, out, Transfers.POSITION);
                long moved = copy.run(wanted);
                count(task, moved);
                return finish(task, in, offsetAddr, start, moved);
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

    /** Both ends count: do_sendfile(), vfs_copy_file_range(). */
    private static void count(Task task, long moved) {
        task.io().countRead(moved);
        task.io().countWrite(moved);
    }

    private static long finish(
            Task task, FileDescription file, long offsetAddr, long start, long moved) {
        if (offsetAddr != 0) {
            return SpliceCalls.advance(task, offsetAddr, start, moved);
        }
        if (moved > 0 && FileMode.S_ISREG(file.inode().mode())) {
            file.seek(task, start + moved, SeekWhence.SEEK_SET);
        }
        return moved;
    }

    @Syscall(nr = 326, name = "copy_file_range")
    public long copyFileRange(
            Task task, int inFd, long inOffset, int outFd, long outOffset, long count, int flags) {
        FileDescription in = Args.file(task, inFd);
        try {
            FileDescription out = Args.file(task, outFd);
            try {
                long from = inOffset == 0 ? in.position() : task.user().readLong(inOffset);
                long to = outOffset == 0 ? out.position() : task.user().readLong(outOffset);
                Args.checkFlags(flags, 0);
                checkRange(in, out);
                ReadCalls.checkOffset(from);
                ReadCalls.checkOffset(to);
                // The sums wrap around as unsigned ones: generic_copy_file_checks().
                if (Long.compareUnsigned(from + count, from) < 0
                        || Long.compareUnsigned(to + count, to) < 0) {
                    throw Errno.EOVERFLOW.exception();
                }
                long wanted =
                        count < 0 ? Limits.MAX_RW_COUNT : Math.min(count, Limits.MAX_RW_COUNT);
                // Only what there is to copy can overlap: generic_copy_file_checks().
                long there = Math.max(0, in.inode().attributes().sizeBytes() - from);
                long copied = Math.min(wanted, there);
                // Asked of the offset, also if nothing is copied: generic_write_check_limits().
                TruncateCalls.limit(task, out.inode(), Math.max(to + 1, to));
                boolean overlaps =
                        in.inode() == out.inode() && from < to + copied && to < from + copied;
                if (overlaps) {
                    throw Errno.EINVAL.exception();
                }
                long moved = new Copy(task, in, from, out, to).run(copied);
                count(task, moved);
                if (moved > 0) {
                    finish(task, in, inOffset, from, moved);
                    finish(task, out, outOffset, to, moved);
                }
                return moved;
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

    private static void checkRange(FileDescription in, FileDescription out) {
        checkCopy(in, out);
        if (in.inode().filesystem() != out.inode().filesystem()) {
            throw Errno.EXDEV.exception();
        }
    }

    /** EISDIR, EINVAL, EBADF: generic_file_rw_checks(). */
    static void checkCopy(FileDescription in, FileDescription out) {
        int from = in.inode().mode();
        int to = out.inode().mode();
        if (FileMode.S_ISDIR(from) || FileMode.S_ISDIR(to)) {
            throw Errno.EISDIR.exception();
        }
        if (!FileMode.S_ISREG(from) || !FileMode.S_ISREG(to)) {
            throw Errno.EINVAL.exception();
        }
        if (!in.isReadable() || !out.isWritable() || (out.flags() & OpenFlags.O_APPEND) != 0) {
            throw Errno.EBADF.exception();
        }
    }

    /** A copy from an offset of one file to another. */
    private static final class Copy {
        private final Task task;
        private final FileDescription in;
        private final long from;
        private final FileDescription out;
        private final long to;

        /**
         * @param to an offset, or the position of {@code out}
         */
        Copy(Task task, FileDescription in, long from, FileDescription out, long to) {
            this.task = task;
            this.in = in;
            this.from = from;
            this.out = out;
            this.to = to;
        }

        /** Bytes moved, or the error if there were none. */
        long run(long count) {
            long total = task.resumption().count() + task.resumption().takeProgress();
            MemorySegment memory =
                    MemorySegment.ofArray(new byte[(int) Math.min(count, Splices.CHUNK)]);
            boolean seekable = FileMode.S_ISREG(in.inode().mode());
            while (total < count) {
                KernelBuffer target = new KernelBuffer(memory);
                target.limit(count - total);
                long at = seekable ? from + total : Transfers.POSITION;
                long got = read(target, at, total);
                if (got <= 0) {
                    return total > 0 ? total : got;
                }
                KernelBuffer source = new KernelBuffer(memory.asSlice(0, got));
                long where = to == Transfers.POSITION ? to : to + total;
                long put = write(source, where, total);
                if (put < 0) {
                    return total > 0 ? total : put;
                }
                total += put;
                if (put < got) {
                    break;
                }
            }
            return total;
        }

        private long read(KernelBuffer target, long at, long total) {
            try {
                return Transfers.read(task, in, target, at, false);
            } catch (WaitSuspended e) {
                // What a device had given lies in memory that is lost: it is asked anew.
                task.resumption().setProgress(0);
                task.resumption().setCount(total);
                throw e;
            }
        }

        private long write(KernelBuffer source, long where, long total) {
            try {
                return Transfers.write(task, out, source, where, 0);
            } catch (WaitSuspended e) {
                // The bytes that were written already are added to it: Resumption.progress.
                task.resumption().setCount(total);
                throw e;
            }
        }
    }
}
