package dev.moat.uring;

import static dev.moat.abi.SyscallNumbers.*;

import dev.moat.abi.Errno;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.FileMode;
import dev.moat.abi.IoUring;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.SpliceFlags;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Makes the system call that an operation is. Lives for one attempt. */
final class OperationCall {
    /** A file that says it is ready but gives nothing is waited for in the end. */
    private static final int MOST_TRIES = 4;

    /** Restart codes of the kernel: nothing interrupts an operation, so they are EINTR. */
    private static final int FIRST_RESTART = 512;

    private static final int LAST_RESTART = 516;

    /** RWF_SUPPORTED, include/uapi/linux/fs.h. */
    private static final int KNOWN_TRANSFERS =
            FallocateFlags.RWF_HIPRI
                    | FallocateFlags.RWF_DSYNC
                    | FallocateFlags.RWF_SYNC
                    | FallocateFlags.RWF_NOWAIT
                    | FallocateFlags.RWF_APPEND
                    | FallocateFlags.RWF_NOAPPEND
                    | FallocateFlags.RWF_ATOMIC
                    | FallocateFlags.RWF_DONTCACHE
                    | FallocateFlags.RWF_NOSIGNAL;

    private final Request request;
    private final Sqe sqe;
    private final RequestTask task;

    /** Whether the header of the message is the kernel's. */
    private boolean message;

    OperationCall(Request request) {
        this.request = request;
        this.sqe = request.sqe();
        this.task = new RequestTask(request);
    }

    /**
     * Sends or receives a message whose header is the kernel's, without waiting in the call.
     *
     * @param header the bytes at {@link LentMemory#FIRST}: a struct msghdr and what it points to
     * @return as {@link #run}
     */
    long runMessage(Operation operation, MemorySegment header) {
        task.lend(header);
        message = true;
        return run(operation, 0, 0);
    }

    private int messageFlags() {
        return sqe.operationFlags() & ~SocketConstants.MSG_WAITALL | SocketConstants.MSG_DONTWAIT;
    }

    /** How many bytes a stream of a socket has still; -1 if that is not known: msg_inq. */
    long waitingBytes() {
        FileDescription file = request.file();
        return file != null && file.socketType() == SocketConstants.SOCK_STREAM
                ? file.waitingBytes()
                : -1;
    }

    /** SOCK_*; 0 for what is no socket. */
    int socketType() {
        FileDescription file = request.file();
        return file == null ? 0 : file.socketType();
    }

    /** More than any queue has is as much as all of it. */
    private long wake(long addr) {
        long count = Math.min(sqe.off(), Integer.MAX_VALUE);
        return call(__NR_futex_wake, addr, sqe.addr3(), count, sqe.guestDescriptor());
    }

    /** The result, or {@link Request#PENDING} when the operation waits. */
    long run(Operation operation, long addr, int length) {
        long result = attempt(operation, addr, length);
        for (int i = 0; result == Errno.EAGAIN.negated() && i < MOST_TRIES; i++) {
            if (!awaits(operation)) {
                return result;
            }
            FileDescription file = request.file();
            WaitQueue queue = file == null ? null : file.waitQueue(request.submitter());
            if (file == null || queue == null) {
                return result;
            }
            request.arm(List.of(queue));
            int wanted = operation.sends() ? PollFlags.POLLOUT : PollFlags.POLLIN;
            int ends = PollFlags.POLLERR | PollFlags.POLLHUP;
            if (i == MOST_TRIES - 1
                    || (file.readiness(request.submitter()) & (wanted | ends)) == 0) {
                return Request.PENDING;
            }
            request.disarm();
            result = attempt(operation, addr, length);
        }
        return result;
    }

    /** Operations wait although the file is O_NONBLOCK, if it can be polled: io_rw_init_file. */
    private boolean awaits(Operation operation) {
        return switch (operation) {
            case READ,
                    READV,
                    READ_FIXED,
                    READV_FIXED,
                    WRITEV_FIXED,
                    READ_MULTISHOT,
                    WRITE,
                    WRITEV,
                    WRITE_FIXED,
                    SEND,
                    SENDMSG,
                    RECV,
                    RECVMSG,
                    ACCEPT ->
                    !isImpatient(operation);
            default -> false;
        };
    }

    private long attempt(Operation operation, long addr, int length) {
        long result;
        try {
            result = make(operation, addr, length);
        } catch (WaitSuspended e) {
            if (isImpatient(operation)) {
                request.disarm();
                request.resumption().clear();
                return Errno.EAGAIN.negated();
            }
            return Request.PENDING;
        }
        request.waitUntil(Long.MAX_VALUE);
        request.resumption().clear();
        return result <= -FIRST_RESTART && result >= -LAST_RESTART ? Errno.EINTR.negated() : result;
    }

    /** Whether it was asked not to wait. */
    private boolean isImpatient(Operation operation) {
        return switch (operation) {
            case READ, WRITE, READV, WRITEV, READ_FIXED, WRITE_FIXED, READV_FIXED, WRITEV_FIXED ->
                    (sqe.operationFlags() & FallocateFlags.RWF_NOWAIT) != 0;
            case SEND, RECV, SENDMSG, RECVMSG ->
                    (sqe.operationFlags() & SocketConstants.MSG_DONTWAIT) != 0;
            case ACCEPT -> (sqe.priority() & IoUring.IORING_ACCEPT_DONTWAIT) != 0;
            default -> false;
        };
    }

    private long call(int number, long... arguments) {
        long[] all = Arrays.copyOf(arguments, 6);
        return task.sandbox()
                .syscalls()
                .dispatch(task, number, all[0], all[1], all[2], all[3], all[4], all[5]);
    }

    private long make(Operation operation, long addr, int length) {
        int fd = request.fd();
        long bytes = Integer.toUnsignedLong(length);
        int flags = sqe.operationFlags();
        if (message) {
            return operation.sends()
                    ? call(
                            __NR_sendmsg,
                            fd,
                            LentMemory.FIRST,
                            messageFlags() | SocketConstants.MSG_NOSIGNAL)
                    : call(__NR_recvmsg, fd, LentMemory.FIRST, messageFlags());
        }
        return switch (operation) {
            case READV, READV_FIXED -> {
                checkUnpolled();
                yield call(__NR_preadv2, fd, addr, length, offset(), 0, flags);
            }
            case WRITEV, WRITEV_FIXED -> {
                checkUnpolled();
                yield call(__NR_pwritev2, fd, addr, length, offset(), 0, flags);
            }
            case READ, READ_FIXED, READ_MULTISHOT ->
                    flags != 0
                            ? transfer(__NR_preadv2, addr, bytes)
                            : transfer(__NR_read, __NR_pread64, addr, bytes);
            case WRITE, WRITE_FIXED ->
                    flags != 0
                            ? transfer(__NR_pwritev2, addr, bytes)
                            : transfer(__NR_write, __NR_pwrite64, addr, bytes);
            case FSYNC -> {
                boolean dataOnly = (flags & IoUring.IORING_FSYNC_DATASYNC) != 0;
                yield call(dataOnly ? __NR_fdatasync : __NR_fsync, fd);
            }
            case SYNC_FILE_RANGE -> call(__NR_sync_file_range, fd, sqe.off(), bytes, flags);
            case SENDMSG -> call(__NR_sendmsg, fd, addr, flags | SocketConstants.MSG_NOSIGNAL);
            case RECVMSG -> call(__NR_recvmsg, fd, addr, flags);
            case SEND -> {
                int quiet = flags | SocketConstants.MSG_NOSIGNAL;
                int addressLength = sqe.fileIndex() & 0xffff;
                yield call(__NR_sendto, fd, addr, bytes, quiet, sqe.off(), addressLength);
            }
            case RECV -> call(__NR_recvfrom, fd, addr, bytes, flags);
            case ACCEPT -> call(__NR_accept4, fd, addr, sqe.off(), flags);
            case CONNECT -> call(__NR_connect, fd, addr, sqe.off());
            case SHUTDOWN -> call(__NR_shutdown, fd, length);
            case BIND -> call(__NR_bind, fd, addr, sqe.off());
            case LISTEN -> call(__NR_listen, fd, length);
            case SOCKET -> call(__NR_socket, sqe.guestDescriptor(), sqe.off(), length);
            case FALLOCATE -> call(__NR_fallocate, fd, length, sqe.off(), addr);
            case FTRUNCATE -> call(__NR_ftruncate, fd, sqe.off());
            case FADVISE -> call(__NR_fadvise64, fd, sqe.off(), adviceLength(addr, bytes), flags);
            case MADVISE -> call(__NR_madvise, addr, adviceLength(sqe.off(), bytes), flags);
            case OPENAT -> call(__NR_openat, sqe.guestDescriptor(), addr, flags, length);
            case OPENAT2 -> call(__NR_openat2, sqe.guestDescriptor(), addr, sqe.off(), bytes);
            case CLOSE -> call(__NR_close, sqe.guestDescriptor());
            case STATX -> call(__NR_statx, sqe.guestDescriptor(), addr, flags, length, sqe.off());
            case EPOLL_CTL -> call(__NR_epoll_ctl, sqe.guestDescriptor(), length, sqe.off(), addr);
            case EPOLL_WAIT -> call(__NR_epoll_wait, fd, addr, length, -1);
            case SPLICE -> splice();
            case URING_CMD -> command();
            case WAITID ->
                    call(__NR_waitid, length, sqe.guestDescriptor(), sqe.off(), sqe.fileIndex());
            case FUTEX_WAIT ->
                    call(__NR_futex_wait, addr, sqe.off(), sqe.addr3(), sqe.guestDescriptor());
            case FUTEX_WAKE -> wake(addr);
            case FUTEX_WAITV -> call(__NR_futex_waitv, addr, length);
            case TEE -> tee(addr, bytes);
            case RENAMEAT ->
                    call(__NR_renameat2, sqe.guestDescriptor(), addr, length, sqe.off(), flags);
            case UNLINKAT -> call(__NR_unlinkat, sqe.guestDescriptor(), addr, flags);
            case MKDIRAT -> call(__NR_mkdirat, sqe.guestDescriptor(), addr, length);
            case SYMLINKAT -> call(__NR_symlinkat, addr, sqe.guestDescriptor(), sqe.off());
            case LINKAT -> call(__NR_linkat, sqe.guestDescriptor(), addr, length, sqe.off(), flags);
            case FSETXATTR -> call(__NR_fsetxattr, fd, addr, sqe.off(), bytes, flags);
            case SETXATTR -> call(__NR_setxattr, sqe.addr3(), addr, sqe.off(), bytes, flags);
            case FGETXATTR -> call(__NR_fgetxattr, fd, addr, sqe.off(), bytes);
            case GETXATTR -> call(__NR_getxattr, sqe.addr3(), addr, sqe.off(), bytes);
            default -> Errno.EINVAL.negated();
        };
    }

    /** Pipes have no offsets: io_tee_prep(). */
    private long tee(long inputOffset, long bytes) {
        if (inputOffset != 0 || sqe.off() != 0) {
            return Errno.EINVAL.negated();
        }
        int flags = sqe.operationFlags() & ~SpliceFlags.SPLICE_F_FD_IN_FIXED;
        return call(__NR_tee, input(), request.fd(), bytes, flags);
    }

    /**
     * IORING_OP_URING_CMD: of sockets, in net/socket.c and io_uring/cmd_net.c; no other file has
     * any.
     */
    private long command() {
        FileDescription file = request.file();
        if ((sqe.off() >>> 32) != 0 || sqe.operationFlags() != 0) {
            return Errno.EINVAL.negated();
        }
        if (file == null || !FileMode.S_ISSOCK(file.inode().mode())) {
            return Errno.EOPNOTSUPP.negated();
        }
        int level = (int) sqe.addr();
        int option = (int) (sqe.addr() >>> 32);
        switch ((int) sqe.off()) {
            case IoUring.SOCKET_URING_OP_GETSOCKOPT -> {
                if (level != SocketConstants.SOL_SOCKET) {
                    return Errno.EOPNOTSUPP.negated();
                }
                LentMemory length = task.lend(Integer.toUnsignedLong(sqe.fileIndex()), 0);
                long result =
                        call(
                                __NR_getsockopt,
                                request.fd(),
                                level,
                                option,
                                sqe.addr3(),
                                LentMemory.FIRST);
                return result < 0 ? result : length.first();
            }
            case IoUring.SOCKET_URING_OP_SETSOCKOPT -> {
                return call(
                        __NR_setsockopt, request.fd(), level, option, sqe.addr3(), sqe.fileIndex());
            }
            default -> {
                return Errno.EOPNOTSUPP.negated();
            }
        }
    }

    /** The length of advice about much memory stands where there is room: io_uring/advise.c. */
    private static long adviceLength(long wide, long narrow) {
        return wide != 0 ? wide : narrow;
    }

    private long transfer(int plain, int positioned, long addr, long bytes) {
        checkUnpolled();
        long at = offset();
        return at == -1
                ? call(plain, request.fd(), addr, bytes)
                : call(positioned, request.fd(), addr, bytes, at);
    }

    /** With RWF_* flags: by a vector of one. */
    private long transfer(int vectored, long addr, long bytes) {
        checkUnpolled();
        task.lend(addr, bytes);
        return call(vectored, request.fd(), LentMemory.FIRST, 1, offset(), 0, sqe.operationFlags());
    }

    /**
     * No file of a sandbox is polled for its completions: io_rw_init_file.
     *
     * @throws dev.moat.abi.ErrnoException EOPNOTSUPP in a ring that polls, EINVAL in others
     */
    private void checkUnpolled() {
        if (request.ring().isPolling() || (sqe.operationFlags() & ~KNOWN_TRANSFERS) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if ((sqe.operationFlags() & FallocateFlags.RWF_HIPRI) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Where to read or write: -1 for the position, which is all that streams have. */
    private long offset() {
        FileDescription file = request.file();
        boolean seekable =
                file != null
                        && (FileMode.S_ISREG(file.inode().mode())
                                || FileMode.S_ISBLK(file.inode().mode()));
        return seekable ? sqe.off() : -1;
    }

    /** Offsets are values here; -1: that of the file. */
    private long splice() {
        task.lend(sqe.addr(), sqe.off());
        return call(
                __NR_splice,
                input(),
                sqe.addr() == -1 ? 0 : LentMemory.FIRST,
                request.fd(),
                sqe.off() == -1 ? 0 : LentMemory.SECOND,
                Integer.toUnsignedLong(sqe.length()),
                sqe.operationFlags() & ~SpliceFlags.SPLICE_F_FD_IN_FIXED);
    }

    /** The number by which splice(2) and tee(2) find what they take from: EBADF. */
    private long input() {
        if ((sqe.operationFlags() & SpliceFlags.SPLICE_F_FD_IN_FIXED) == 0) {
            return sqe.fileIndex();
        }
        if (sqe.fileIndex() < 0 || sqe.fileIndex() >= Attempt.MOST_FILES) {
            throw Errno.EBADF.exception();
        }
        return RequestFiles.FIXED_NUMBERS | sqe.fileIndex();
    }
}
