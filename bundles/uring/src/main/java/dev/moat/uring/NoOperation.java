package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.vfs.FileDescription;
import java.util.List;

/** IORING_OP_NOP: does nothing, with what it is told to have. Source: io_uring/nop.c. */
final class NoOperation {
    private static final int KNOWN =
            IoUring.IORING_NOP_INJECT_RESULT
                    | IoUring.IORING_NOP_FILE
                    | IoUring.IORING_NOP_FIXED_FILE
                    | IoUring.IORING_NOP_FIXED_BUFFER
                    | IoUring.IORING_NOP_TW
                    | IoUring.IORING_NOP_CQE32;

    private NoOperation() {}

    private static boolean has(Sqe sqe, int flag) {
        return (sqe.operationFlags() & flag) != 0;
    }

    /** io_nop_prep. */
    static boolean isValid(Ring ring, Sqe sqe) {
        return (sqe.operationFlags() & ~KNOWN) == 0
                && (!has(sqe, IoUring.IORING_NOP_CQE32) || ring.settings().hasWideCompletions());
    }

    /** The result that it was given; EBADF, EFAULT for a file or buffer that is not there. */
    static long run(Ring ring, Request request) {
        Sqe sqe = request.sqe();
        if (has(sqe, IoUring.IORING_NOP_FILE)) {
            FileDescription file =
                    has(sqe, IoUring.IORING_NOP_FIXED_FILE)
                            ? ring.files().acquire(sqe.guestDescriptor())
                            : request.submitter().files().tryAcquire(sqe.guestDescriptor());
            if (file == null) {
                return Errno.EBADF.negated();
            }
            file.release();
        }
        if (has(sqe, IoUring.IORING_NOP_FIXED_BUFFER)) {
            request.hold(ring.fixedBuffers().hold(sqe.bufferIndex(), List.of()));
        }
        return has(sqe, IoUring.IORING_NOP_INJECT_RESULT) ? sqe.length() : 0;
    }
}
