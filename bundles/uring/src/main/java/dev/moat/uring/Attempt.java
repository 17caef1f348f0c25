package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.IoUring;
import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.PollFlags;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Works on one request once, by its owner. */
final class Attempt {
    /** IORING_MAX_FIXED_FILES, io_uring/rsrc.c. */
    static final int MOST_FILES = 1 << 20;

    private static final int FIXED_FD_NO_CLOEXEC = 1;

    private final Ring ring;
    private final Request request;
    private final Sqe sqe;

    Attempt(Ring ring, Request request) {
        this.ring = ring;
        this.request = request;
        this.sqe = request.sqe();
    }

    /** The result; PENDING if the request waits, which the caller does not own any more then. */
    long step() {
        while (true) {
            long result;
            try {
                result = perform();
            } catch (ErrnoException e) {
                result = e.errno().negated();
            }
            if (result != Request.PENDING) {
                return result;
            }
            boolean timed = request.deadlineNs() != Blocker.FOREVER;
            if (timed) {
                ring.worker().addTimed(request);
            }
            ring.worker().start();
            if (request.isCancelled()) {
                return Cancellation.resultOf(request);
            }
            if (request.park()) {
                if (request.isCancelled() && request.claimWaiting()) {
                    return Cancellation.resultOf(request);
                }
                if (timed) {
                    ring.worker().wake();
                }
                return Request.PENDING;
            }
        }
    }

    private long perform() {
        if (request.error() != 0) {
            return request.error();
        }
        Operation operation = Operation.of(sqe.opcode());
        if (operation == null) {
            return Errno.EINVAL.negated();
        }
        if (operation.takesFile()
                && operation != Operation.MSG_RING
                && request.file() == null
                && !request.isOnItself()) {
            bindFile(operation);
        }
        return switch (operation) {
            case NOP -> NoOperation.run(ring, request);
            case POLL_ADD -> poll();
            case POLL_REMOVE -> Cancellation.removePoll(ring, request);
            case TIMEOUT -> Timeouts.begin(ring, request);
            case TIMEOUT_REMOVE -> Timeouts.change(ring, request);
            case ASYNC_CANCEL -> Cancellation.cancel(ring, request, sqe);
            case LINK_TIMEOUT -> Errno.EINVAL.negated();
            case FILES_UPDATE -> updateFiles();
            case PROVIDE_BUFFERS -> {
                ring.providedBuffers()
                        .provide(
                                sqe.bufferIndex(),
                                sqe.addr(),
                                sqe.length(),
                                sqe.guestDescriptor(),
                                (int) sqe.off());
                yield 0;
            }
            case REMOVE_BUFFERS ->
                    ring.providedBuffers().remove(sqe.bufferIndex(), sqe.guestDescriptor());
            case MSG_RING -> new RingMessage(ring, request).send();
            case FIXED_FD_INSTALL -> installFixed();
            case CLOSE -> close();
            case READ_FIXED, WRITE_FIXED, READV_FIXED, WRITEV_FIXED -> {
                holdBuffer(operation);
                yield call(operation, sqe.addr(), sqe.length());
            }
            case PIPE -> new PipeOperation(request).run();
            case ACCEPT ->
                    (sqe.priority() & IoUring.IORING_ACCEPT_MULTISHOT) != 0
                            ? acceptMany()
                            : call(operation, sqe.addr(), sqe.length());
            case READ_MULTISHOT ->
                    boundFile().waitQueue(request.submitter()) == null
                            ? Errno.EBADFD.negated()
                            : new SelectedReads(ring, request).run(operation);
            case READ, READV ->
                    chooses()
                            ? new SelectedReads(ring, request).run(operation)
                            : call(operation, sqe.addr(), sqe.length());
            case RECV, RECVMSG ->
                    chooses()
                            ? new SelectedReceives(ring, request, operation).run()
                            : receive(operation);
            case SEND -> chooses() ? new SelectedSends(ring, request).run() : send();
            case SEND_ZC, SENDMSG_ZC -> sendWithoutCopy();
            case WAITID, FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAITV, FTRUNCATE -> {
                checkUnused(operation);
                yield call(operation, sqe.addr(), sqe.length());
            }
            default -> call(operation, sqe.addr(), sqe.length());
        };
    }

    private long call(Operation operation, long addr, int length) {
        request.disarm();
        return new OperationCall(request).run(operation, addr, length);
    }

    /** The first time: the ranges lie in the registered buffer, and keep it. */
    private void holdBuffer(Operation operation) {
        if (request.isBufferHeld()) {
            return;
        }
        List<Iovec> ranges = new ArrayList<>();
        if (operation == Operation.READV_FIXED || operation == Operation.WRITEV_FIXED) {
            if (sqe.length() < 0 || sqe.length() > Limits.UIO_MAXIOV) {
                throw Errno.EINVAL.exception();
            }
            byte[] array = request.user().copyIn(sqe.addr(), sqe.length() * (int) Iovec.SIZE);
            for (int i = 0; i < sqe.length(); i++) {
                ranges.add(Iovec.readFrom(MemorySegment.ofArray(array), i * Iovec.SIZE));
            }
        } else {
            ranges.add(new Iovec(sqe.addr(), Integer.toUnsignedLong(sqe.length())));
        }
        request.hold(ring.fixedBuffers().hold(sqe.bufferIndex(), ranges));
        request.setBufferHeld();
    }

    /** io_assign_file: EBADF. */
    private void bindFile(Operation operation) {
        boolean fixed = sqe.has(IoUring.IOSQE_FIXED_FILE);
        RingFiles.Slot slot = fixed ? ring.files().hold(sqe.guestDescriptor()) : null;
        FileDescription file =
                fixed
                        ? slot == null ? null : slot.file()
                        : request.submitter().files().tryAcquire(sqe.guestDescriptor());
        if (slot != null) {
            request.hold(slot.resource());
        }
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        Errno error =
                (file.flags() & OpenFlags.O_PATH) != 0
                        ? Errno.EBADF
                        : file == ring && operation != Operation.POLL_ADD ? Errno.EINVAL : null;
        if (error != null) {
            // A ring that holds itself would never be closed.
            file.release();
            throw error.exception();
        }
        if (file == ring) {
            request.setOnItself();
            file.release();
            return;
        }
        request.bind(
                fixed ? RequestFiles.FIXED_NUMBERS | sqe.guestDescriptor() : sqe.guestDescriptor(),
                file);
    }

    private FileDescription boundFile() {
        FileDescription file = request.file();
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    /** EINVAL for fields that the operation has no use for. */
    private void checkUnused(Operation operation) {
        boolean used =
                switch (operation) {
                    case WAITID -> sqe.addr() != 0 || sqe.addr3() != 0;
                    case FTRUNCATE ->
                            sqe.addr() != 0
                                    || sqe.length() != 0
                                    || sqe.fileIndex() != 0
                                    || sqe.addr3() != 0;
                    case FUTEX_WAITV ->
                            sqe.guestDescriptor() != 0
                                    || sqe.off() != 0
                                    || sqe.addr3() != 0
                                    || sqe.fileIndex() != 0;
                    default -> sqe.length() != 0 || sqe.fileIndex() != 0;
                };
        if (used || sqe.bufferIndex() != 0 || sqe.operationFlags() != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** No socket of a sandbox has SOCK_SUPPORT_ZC: local ones have it on no Linux. */
    private long sendWithoutCopy() {
        int known =
                IoUring.IORING_RECVSEND_POLL_FIRST
                        | IoUring.IORING_RECVSEND_FIXED_BUF
                        | IoUring.IORING_SEND_ZC_REPORT_USAGE;
        if ((sqe.priority() & ~known) != 0) {
            return Errno.EINVAL.negated();
        }
        boolean socket = FileMode.S_ISSOCK(boundFile().inode().mode());
        return (socket ? Errno.EOPNOTSUPP : Errno.ENOTSOCK).negated();
    }

    /** IORING_OP_POLL_ADD: once, or at every wake-up that finds something. */
    private long poll() {
        FileDescription file = request.isOnItself() ? ring : boundFile();
        int wanted = request.events() | PollFlags.POLLERR | PollFlags.POLLHUP;
        WaitQueue queue = file.waitQueue(request.submitter());
        if (queue != null && !request.isArmed()) {
            request.arm(List.of(queue));
        }
        int found = file.readiness(request.submitter()) & wanted;
        if (found == 0) {
            return Request.PENDING;
        }
        // what completions themselves wake would go on without end: EPOLL_URING_WAKE
        boolean endless = file == ring || ring.events().isToldTo(file);
        boolean many =
                (sqe.length() & IoUring.IORING_POLL_ADD_MULTI) != 0 && queue != null && !endless;
        if (many && ring.postMore(request, found, 0)) {
            return Request.PENDING;
        }
        return found;
    }

    private long acceptMany() {
        while (true) {
            long result = call(Operation.ACCEPT, sqe.addr(), sqe.length());
            if (result < 0 || !ring.postMore(request, result, 0)) {
                return result;
            }
        }
    }

    private boolean chooses() {
        return sqe.has(IoUring.IOSQE_BUFFER_SELECT);
    }

    private long receive(Operation operation) {
        request.disarm();
        OperationCall received = new OperationCall(request);
        long result = received.run(operation, sqe.addr(), sqe.length());
        if (result >= 0 && received.waitingBytes() > 0) {
            request.setBufferFlags(IoUring.IORING_CQE_F_SOCK_NONEMPTY);
        }
        return result;
    }

    /** A bundle without buffers to choose from ends when there is nothing left to send. */
    private long send() {
        if ((sqe.priority() & IoUring.IORING_RECVSEND_BUNDLE) == 0) {
            return call(Operation.SEND, sqe.addr(), sqe.length());
        }
        boolean sent = request.selection().count(0) > 0;
        if (!sent) {
            long result = call(Operation.SEND, sqe.addr(), sqe.length());
            if (result <= 0 || !ring.postMore(request, result, 0)) {
                return result;
            }
            request.selection().count(result);
        }
        return call(Operation.SEND, sqe.addr(), 0);
    }

    /** IORING_OP_FILES_UPDATE: how many slots were changed. */
    private long updateFiles() {
        int count = sqe.length();
        boolean any = (int) sqe.off() == IoUring.IORING_FILE_INDEX_ALLOC;
        if (count <= 0 || count > MOST_FILES) {
            return Errno.EINVAL.negated();
        }
        return any
                ? new FileUpdate(ring, request.submitter()).place(sqe.addr(), count)
                : new FileRegistration(ring, request.submitter())
                        .update((int) sqe.off(), count, sqe.addr(), 0);
    }

    /** IORING_OP_FIXED_FD_INSTALL. */
    private long installFixed() {
        if (!sqe.has(IoUring.IOSQE_FIXED_FILE)) {
            return Errno.EBADF.negated();
        }
        if ((sqe.operationFlags() & ~FIXED_FD_NO_CLOEXEC) != 0) {
            return Errno.EINVAL.negated();
        }
        FileDescription file = boundFile();
        if (request.credentials() != null) {
            return Errno.EPERM.negated();
        }
        boolean closeOnExec = (sqe.operationFlags() & FIXED_FD_NO_CLOEXEC) == 0;
        if (!file.tryRetain()) {
            return Errno.EBADF.negated();
        }
        return request.submitter().files().install(request.submitter(), file, closeOnExec);
    }

    private long close() {
        if (sqe.has(IoUring.IOSQE_FIXED_FILE)) {
            return Errno.EBADF.negated();
        }
        if (sqe.fileIndex() != 0) {
            if (sqe.guestDescriptor() != 0) {
                return Errno.EINVAL.negated();
            }
            ring.files().close(sqe.fileIndex() - 1);
            return 0;
        }
        @Nullable FileDescription file =
                request.submitter().files().tryAcquire(sqe.guestDescriptor());
        if (file == null) {
            return Errno.EBADF.negated();
        }
        boolean isRing = file instanceof Ring;
        file.release();
        return isRing ? Errno.EBADF.negated() : call(Operation.CLOSE, 0, 0);
    }
}
