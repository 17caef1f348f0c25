package dev.moat.aio;

import static dev.moat.abi.SyscallNumbers.*;

import dev.moat.abi.Aio;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.api.task.IoPriority;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/**
 * One request of io_submit(2), io_submit_one(). What is wrong with the request is thrown; what goes
 * wrong with the transfer is an event. Lives for one call.
 */
final class Submission {
    /** Restart codes of the kernel: an event says EINTR. */
    private static final int FIRST_RESTART = 512;

    private static final int LAST_RESTART = 516;

    private static final long MOST_VECTORS = 1024;

    private final Task task;
    private final AioContext context;
    private final Iocb iocb;

    Submission(Task task, AioContext context, long iocbAddr) {
        this.task = task;
        this.context = context;
        this.iocb = Iocb.of(iocbAddr, task.user().copyIn(iocbAddr, Iocb.BYTES));
    }

    void run() {
        if (iocb.reserved() != 0 || iocb.bytes() < 0) {
            throw Errno.EINVAL.exception();
        }
        context.begin();
        boolean given = false;
        FileDescription file = null;
        FileDescription eventFile = null;
        try {
            file = task.files().acquire(iocb.descriptor());
            eventFile = eventFile();
            task.user().writeInt(iocb.userAddr() + Iocb.KEY_AT, 0);
            if (iocb.operation() == Aio.IOCB_CMD_POLL) {
                AioPoll poll = poll(file, eventFile);
                file = null;
                eventFile = null;
                given = true;
                context.await(poll);
            } else {
                long result = perform(file);
                given = true;
                context.complete(iocb, result, eventFile);
            }
        } finally {
            if (!given) {
                context.drop();
            }
            if (file != null) {
                file.release();
            }
            if (eventFile != null) {
                eventFile.release();
            }
        }
    }

    private @Nullable FileDescription eventFile() {
        if (!iocb.has(Aio.IOCB_FLAG_RESFD)) {
            return null;
        }
        FileDescription file = task.files().acquire(iocb.eventDescriptor());
        if (!file.anonymousName().equals("anon_inode:[eventfd]")) {
            file.release();
            throw Errno.EINVAL.exception();
        }
        return file;
    }

    private AioPoll poll(FileDescription file, @Nullable FileDescription eventFile) {
        if (iocb.buffer() != (iocb.buffer() & 0xffff)
                || iocb.offset() != 0
                || iocb.bytes() != 0
                || iocb.rwFlags() != 0) {
            throw Errno.EINVAL.exception();
        }
        return new AioPoll(context, iocb, task, file, eventFile);
    }

    private long perform(FileDescription file) {
        return switch (iocb.operation()) {
            case Aio.IOCB_CMD_PREAD -> read(file, iocb.userAddr() + Iocb.VECTOR_AT, 1);
            case Aio.IOCB_CMD_PREADV -> read(file, iocb.buffer(), vectors());
            case Aio.IOCB_CMD_PWRITE -> write(file, iocb.userAddr() + Iocb.VECTOR_AT, 1);
            case Aio.IOCB_CMD_PWRITEV -> write(file, iocb.buffer(), vectors());
            case Aio.IOCB_CMD_FSYNC -> sync(__NR_fsync);
            case Aio.IOCB_CMD_FDSYNC -> sync(__NR_fdatasync);
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** The vectors are read before anything is done: a bad one is no event. */
    private long vectors() {
        if (iocb.bytes() > MOST_VECTORS) {
            throw Errno.EINVAL.exception();
        }
        for (long i = 0; i < iocb.bytes(); i++) {
            if (task.user().readLong(iocb.buffer() + 16 * i + 8) < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return iocb.bytes();
    }

    private long read(FileDescription file, long vectorAddr, long count) {
        if (!file.isReadable()) {
            throw Errno.EBADF.exception();
        }
        return transfer(__NR_preadv2, file, vectorAddr, count);
    }

    private long write(FileDescription file, long vectorAddr, long count) {
        if (!file.isWritable()) {
            throw Errno.EBADF.exception();
        }
        return transfer(__NR_pwritev2, file, vectorAddr, count);
    }

    private long transfer(int number, FileDescription file, long vectorAddr, long count) {
        if (iocb.has(Aio.IOCB_FLAG_IOPRIO)) {
            // kept for nobody: nothing is scheduled by it
            IoPriority.check(iocb.priority(), task.credentials());
        }
        int type = file.inode().mode() & FileMode.S_IFMT;
        if (type == FileMode.S_IFDIR) {
            throw Errno.EINVAL.exception();
        }
        boolean placed =
                type == FileMode.S_IFREG || type == FileMode.S_IFCHR || type == FileMode.S_IFBLK;
        if (placed && iocb.offset() < 0) {
            throw Errno.EINVAL.exception();
        }
        long at = placed ? iocb.offset() : -1;
        long result = call(number, iocb.descriptor(), vectorAddr, count, at, 0, iocb.rwFlags());
        if (iocb.rwFlags() != 0
                && (result == Errno.EOPNOTSUPP.negated() || result == Errno.EINVAL.negated())) {
            throw refused(result);
        }
        return result;
    }

    /** fsync(2): EINVAL for files that do not have it, and for requests that say where. */
    private long sync(int number) {
        if (iocb.buffer() != 0 || iocb.offset() != 0 || iocb.bytes() != 0 || iocb.rwFlags() != 0) {
            throw Errno.EINVAL.exception();
        }
        long result = call(number, iocb.descriptor(), 0, 0, 0, 0, 0);
        if (result == Errno.EINVAL.negated()) {
            throw refused(result);
        }
        return result;
    }

    private static ErrnoException refused(long result) {
        return Errno.of((int) -result).orElse(Errno.EINVAL).exception();
    }

    private long call(int number, long fd, long a, long b, long c, long d, long e) {
        long result = task.sandbox().syscalls().dispatch(task, number, fd, a, b, c, d, e);
        return result <= -FIRST_RESTART && result >= -LAST_RESTART ? Errno.EINTR.negated() : result;
    }
}
