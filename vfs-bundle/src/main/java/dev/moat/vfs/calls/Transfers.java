package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.SetId;

/**
 * Reads and writes of open files with everything around them: access, blocking, limits, signals,
 * watchers.
 */
final class Transfers {
    /** At the file position. */
    static final long POSITION = -1;

    private static final long AGAIN = Waits.AGAIN;

    private Transfers() {}

    /** EBADF, EINVAL: looked at before guest memory is, vfs_read(). */
    static void checkReadable(FileDescription file) {
        if (!file.isReadable()) {
            throw Errno.EBADF.exception();
        }
        if (!file.hasRead()) {
            throw Errno.EINVAL.exception();
        }
    }

    static void checkWritable(FileDescription file) {
        if (!file.isWritable()) {
            throw Errno.EBADF.exception();
        }
        if (!file.hasWrite()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** EINVAL for a range that ends behind the largest offset: rw_verify_area(). */
    private static void checkEnd(long offset, IoBuffer buffer) {
        if (offset > Long.MAX_VALUE - buffer.remaining()) {
            throw Errno.EINVAL.exception();
        }
    }

    /**
     * ESPIPE for files that have no offsets, before their access is looked at: FMODE_PREAD. Devices
     * say it themselves.
     */
    static void checkPositional(FileDescription file) {
        boolean path = (file.flags() & OpenFlags.O_PATH) != 0;
        if (!path && !file.isPositional()) {
            throw Errno.ESPIPE.exception();
        }
    }

    /**
     * EOPNOTSUPP for RWF_* that are unknown, or that this file does not have: kiocb_set_rw_flags().
     */
    static void checkFlags(FileDescription file, int flags, int known) {
        int mode = file.inode().mode();
        boolean cannotTry =
                (flags & FallocateFlags.RWF_NOWAIT) != 0
                        && (FileMode.S_ISREG(mode) || FileMode.S_ISDIR(mode));
        // Appending writes cannot be told to go elsewhere yet.
        boolean elsewhere =
                (flags & FallocateFlags.RWF_NOAPPEND) != 0
                        && (file.flags() & OpenFlags.O_APPEND) != 0;
        if ((flags & ~known) != 0 || cannotTry || elsewhere) {
            throw Errno.EOPNOTSUPP.exception();
        }
        int both = FallocateFlags.RWF_APPEND | FallocateFlags.RWF_NOAPPEND;
        if ((flags & both) == both) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Reads into one range of guest memory. */
    static long read(Task task, FileDescription file, long userAddr, long count, long offset) {
        checkReadable(file);
        IoBuffer target = Args.buffer(task, userAddr, count);
        long moved = countedRead(task, file, target, offset, false);
        // a call that throws leaves its buffer to the collector
        target.release();
        return moved;
    }

    /** {@link #read} as a call of its own, which /proc/pid/io counts. */
    static long countedRead(
            Task task, FileDescription file, IoBuffer target, long offset, boolean noWait) {
        try {
            long moved = read(task, file, target, offset, noWait);
            task.io().countRead(moved);
            return moved;
        } catch (ErrnoException e) {
            task.io().countRead(e.errno().negated());
            throw e;
        }
    }

    /**
     * Reads at the position or at an offset; blocks unless the file or {@code noWait} says
     * otherwise.
     */
    static long read(
            Task task, FileDescription file, IoBuffer target, long offset, boolean noWait) {
        checkReadable(file);
        checkEnd(offset, target);
        if (FileMode.S_ISDIR(file.inode().mode())) {
            throw Errno.EISDIR.exception();
        }
        long moved =
                offset == POSITION ? file.read(task, target) : file.readAt(task, target, offset);
        if (moved == AGAIN && !noWait && !file.isNonBlocking()) {
            moved = waitToRead(task, file, target, offset);
        }
        if (moved == 0 && target.faulted()) {
            return Errno.EFAULT.negated();
        }
        if (moved > 0) {
            SandboxVfs vfs = SandboxVfs.of(task);
            if (vfs.notifier().isActive()) {
                vfs.tell(file, InotifyFlags.IN_ACCESS);
            }
        }
        return moved;
    }

    private static long waitToRead(Task task, FileDescription file, IoBuffer target, long offset) {
        WaitQueue queue = file.waitQueue();
        return queue == null
                ? AGAIN
                : new Reading(task, file, target, offset).await(task, queue, file.readTimeoutNs());
    }

    /** Writes one range of guest memory. */
    static long write(Task task, FileDescription file, long userAddr, long count, long offset) {
        checkWritable(file);
        IoBuffer source = Args.buffer(task, userAddr, count);
        long moved = countedWrite(task, file, source, offset, 0);
        source.release();
        return moved;
    }

    /** {@link #write} as a call of its own, which /proc/pid/io counts. */
    static long countedWrite(
            Task task, FileDescription file, IoBuffer source, long offset, int flags) {
        try {
            long moved = write(task, file, source, offset, flags);
            task.io().countWrite(moved);
            return moved;
        } catch (ErrnoException e) {
            task.io().countWrite(e.errno().negated());
            throw e;
        }
    }

    /**
     * Writes at the position or at an offset.
     *
     * @param flags RWF_NOWAIT: blocks as little as if the file said so; RWF_NOSIGNAL: no SIGPIPE
     */
    static long write(Task task, FileDescription file, IoBuffer source, long offset, int flags) {
        checkWritable(file);
        checkEnd(offset, source);
        Inode inode = file.inode();
        int mode = inode.mode();
        if (FileMode.S_ISREG(mode) && source.remaining() > 0) {
            limit(task, file, source, offset);
            if ((mode & (FileMode.S_ISUID | FileMode.S_ISGID)) != 0) {
                SetId.drop(task, inode);
            }
        }
        long total =
                writeAll(
                        task,
                        file,
                        source,
                        offset,
                        file.isNonBlocking() ? flags | FallocateFlags.RWF_NOWAIT : flags);
        if (total > 0) {
            SandboxVfs vfs = SandboxVfs.of(task);
            if (vfs.notifier().isActive()) {
                vfs.tell(file, InotifyFlags.IN_MODIFY);
            }
        }
        return total;
    }

    /**
     * Writes all of it; what was written before the safe point interrupted the call counts, too.
     */
    private static long writeAll(
            Task task, FileDescription file, IoBuffer source, long offset, int flags) {
        boolean noWait = (flags & FallocateFlags.RWF_NOWAIT) != 0;
        long total = task.resumption().takeProgress();
        source.skip(total);
        while (true) {
            long moved = writeOrWait(task, file, source, offset, flags, total);
            if (moved < 0) {
                return total > 0 ? total : moved;
            }
            total += moved;
            if (moved == 0 && source.faulted()) {
                return total > 0 ? total : Errno.EFAULT.negated();
            }
            if (moved == 0
                    || noWait
                    || source.remaining() == 0
                    || source.faulted()
                    || !file.writesAll()) {
                return total;
            }
        }
    }

    private static long writeOrWait(
            Task task, FileDescription file, IoBuffer source, long offset, int flags, long total) {
        boolean noWait = (flags & FallocateFlags.RWF_NOWAIT) != 0;
        try {
            long at = offset == POSITION ? POSITION : offset + total;
            long moved = writeOnce(task, file, source, at, flags);
            WaitQueue queue = moved == AGAIN && !noWait ? file.waitQueue() : null;
            return queue == null
                    ? moved
                    : new Writing(task, file, source, at, flags)
                            .await(task, queue, file.writeTimeoutNs());
        } catch (WaitSuspended e) {
            task.resumption().setProgress(total);
            throw e;
        }
    }

    private static long writeOnce(
            Task task, FileDescription file, IoBuffer source, long offset, int flags) {
        try {
            return offset == POSITION
                    ? file.write(task, source)
                    : file.writeAt(task, source, offset);
        } catch (ErrnoException e) {
            // Datagrams tell by the error alone.
            boolean told = (flags & FallocateFlags.RWF_NOSIGNAL) == 0;
            if (e.errno() == Errno.EPIPE && told && file.writesAll()) {
                brokenPipe(task);
            }
            return e.errno().negated();
        }
    }

    private static void brokenPipe(Task task) {
        task.signals()
                .send(
                        SigInfo.kill(
                                Signals.SIGPIPE,
                                SignalCodes.SI_USER,
                                task.tgid(),
                                task.credentials().uid()));
    }

    /** RLIMIT_FSIZE: cuts the write, or SIGXFSZ and EFBIG if it starts beyond. */
    private static void limit(Task task, FileDescription file, IoBuffer source, long offset) {
        long limit = task.group().limits().soft(Rlimits.RLIMIT_FSIZE);
        if (limit == Long.MAX_VALUE || limit < 0) {
            return;
        }
        long at = offset;
        if ((file.flags() & OpenFlags.O_APPEND) != 0) {
            at = file.inode().attributes().sizeBytes();
        } else if (offset == POSITION) {
            at = file.position();
        }
        checkSize(task, at, limit);
        source.limit(limit - at);
    }

    /** SIGXFSZ and EFBIG if a file may not reach beyond {@code at}. */
    static void checkSize(Task task, long at, long limit) {
        if (at >= limit) {
            task.signals()
                    .send(
                            SigInfo.kill(
                                    Signals.SIGXFSZ,
                                    SignalCodes.SI_USER,
                                    task.tgid(),
                                    task.credentials().uid()));
            throw Errno.EFBIG.exception();
        }
    }

    private static final class Reading extends Waits {
        private final Task task;
        private final FileDescription file;
        private final IoBuffer target;
        private final long offset;

        Reading(Task task, FileDescription file, IoBuffer target, long offset) {
            this.task = task;
            this.file = file;
            this.target = target;
            this.offset = offset;
        }

        @Override
        long attempt() {
            return offset == POSITION ? file.read(task, target) : file.readAt(task, target, offset);
        }
    }

    private static final class Writing extends Waits {
        private final Task task;
        private final FileDescription file;
        private final IoBuffer source;
        private final long offset;
        private final int flags;

        Writing(Task task, FileDescription file, IoBuffer source, long offset, int flags) {
            this.task = task;
            this.file = file;
            this.source = source;
            this.offset = offset;
            this.flags = flags;
        }

        @Override
        long attempt() {
            return writeOnce(task, file, source, offset, flags);
        }
    }
}
