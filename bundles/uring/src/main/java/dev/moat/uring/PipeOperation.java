package dev.moat.uring;

import static dev.moat.abi.SyscallNumbers.__NR_pipe2;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;

/** IORING_OP_PIPE: pipe2(2) with ends that may go to slots. Lives for one attempt. */
final class PipeOperation {
    private static final int KNOWN =
            OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT;

    private final Request request;
    private final Sqe sqe;
    private final RequestTask task;

    PipeOperation(Request request) {
        this.request = request;
        this.sqe = request.sqe();
        this.task = new RequestTask(request);
    }

    /** io_pipe_prep. */
    static boolean isValid(Sqe sqe) {
        return sqe.guestDescriptor() == 0
                && sqe.off() == 0
                && sqe.addr3() == 0
                && (sqe.operationFlags() & ~KNOWN) == 0;
    }

    long run() {
        int flags = sqe.operationFlags();
        boolean slots = sqe.fileIndex() != 0;
        if (slots && (flags & OpenFlags.O_CLOEXEC) != 0) {
            return Errno.EINVAL.negated();
        }
        LentMemory numbers = task.lend(0, 0);
        long result = make(slots ? LentMemory.FIRST : sqe.addr(), flags);
        if (result < 0 || !slots) {
            return result;
        }
        int reader = (int) numbers.first() & ~RequestFiles.FIXED_NUMBERS;
        int writer = (int) (numbers.first() >>> Integer.SIZE) & ~RequestFiles.FIXED_NUMBERS;
        try {
            request.user().writeInt(sqe.addr(), reader);
            request.user().writeInt(sqe.addr() + Integer.BYTES, writer);
        } catch (ErrnoException e) {
            request.ring().files().close(reader);
            request.ring().files().close(writer);
            throw e;
        }
        return 0;
    }

    private long make(long numbersAddr, int flags) {
        return task.sandbox().syscalls().dispatch(task, __NR_pipe2, numbersAddr, flags, 0, 0, 0, 0);
    }
}
