package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.vfs.FileDescription;

/**
 * IORING_OP_MSG_RING: a completion for another ring, or a registered file for one of its slots.
 * Source: io_uring/msg_ring.c. Lives for one attempt.
 */
final class RingMessage {
    private final Ring ring;
    private final Request request;
    private final Sqe sqe;

    RingMessage(Ring ring, Request request) {
        this.ring = ring;
        this.request = request;
        this.sqe = request.sqe();
    }

    /** io_msg_ring_prep. */
    static boolean isValid(Sqe sqe) {
        int known = IoUring.IORING_MSG_RING_CQE_SKIP | IoUring.IORING_MSG_RING_FLAGS_PASS;
        return sqe.bufferIndex() == 0
                && sqe.personality() == 0
                && (sqe.operationFlags() & ~known) == 0;
    }

    /** Not bound to the request: a ring may tell itself something, but not hold itself. */
    long send() {
        boolean fixed = sqe.has(IoUring.IOSQE_FIXED_FILE);
        FileDescription file =
                fixed
                        ? ring.files().acquire(sqe.guestDescriptor())
                        : request.submitter().files().tryAcquire(sqe.guestDescriptor());
        if (file == null) {
            return Errno.EBADF.negated();
        }
        try {
            if (!(file instanceof Ring target)) {
                return Errno.EBADFD.negated();
            }
            return switch ((int) Math.clamp(sqe.addr(), -1, Integer.MAX_VALUE)) {
                case IoUring.IORING_MSG_DATA -> tell(target, sqe);
                case IoUring.IORING_MSG_SEND_FD -> give(target);
                default -> Errno.EINVAL.negated();
            };
        } finally {
            file.release();
        }
    }

    private static boolean has(Sqe sqe, int flag) {
        return (sqe.operationFlags() & flag) != 0;
    }

    /** IORING_MSG_DATA: 0, or a negated errno. */
    static long tell(Ring target, Sqe sqe) {
        boolean passes = has(sqe, IoUring.IORING_MSG_RING_FLAGS_PASS);
        if (sqe.addr3() != 0 || !passes && sqe.fileIndex() != 0) {
            return Errno.EINVAL.negated();
        }
        if (!target.admission().isEnabled()) {
            return Errno.EBADFD.negated();
        }
        if (!has(sqe, IoUring.IORING_MSG_RING_CQE_SKIP)) {
            target.post(new Cqe(sqe.off(), sqe.length(), passes ? sqe.fileIndex() : 0), true);
        }
        return 0;
    }

    private long give(Ring target) {
        if (sqe.length() != 0 || target == ring) {
            return Errno.EINVAL.negated();
        }
        if (!target.admission().isEnabled()) {
            return Errno.EBADFD.negated();
        }
        boolean known = sqe.addr3() >= 0 && sqe.addr3() < Attempt.MOST_FILES;
        FileDescription given = known ? ring.files().acquire((int) sqe.addr3()) : null;
        if (given == null) {
            return Errno.EBADF.negated();
        }
        int slot = target.files().place(sqe.fileIndex(), given);
        if (!has(sqe, IoUring.IORING_MSG_RING_CQE_SKIP)) {
            target.post(new Cqe(sqe.off(), slot, 0), true);
        }
        return slot;
    }
}
