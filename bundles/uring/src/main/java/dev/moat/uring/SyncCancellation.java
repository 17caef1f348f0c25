package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import java.util.function.BooleanSupplier;

/** IORING_REGISTER_SYNC_CANCEL: cancels by a call, and waits for what cannot be. One call's. */
final class SyncCancellation implements BooleanSupplier {
    private final Ring ring;
    private final Task task;
    private final Sqe wanted;
    private long result;

    /** As the fields of an IORING_OP_ASYNC_CANCEL. */
    SyncCancellation(Ring ring, Task task, long userData, int number, int flags, int opcode) {
        this.ring = ring;
        this.task = task;
        this.wanted =
                new Sqe(
                        IoUring.IORING_OP_ASYNC_CANCEL,
                        0,
                        0,
                        number,
                        0,
                        userData,
                        opcode,
                        flags,
                        0,
                        0,
                        0,
                        0,
                        0);
    }

    /**
     * How many were cancelled, if all that match were to be.
     *
     * @return -ENOENT: nothing was found; -ETIME, -EINTR
     */
    long run(long deadlineNs) {
        Blocker.Outcome outcome = task.blocker().block(ring.waitQueue(), this, deadlineNs);
        if (result != Errno.EALREADY.negated()) {
            return result;
        }
        return (outcome == Blocker.Outcome.TIMED_OUT ? Errno.ETIME : Errno.EINTR).negated();
    }

    /** Tries; what is being worked on is gone, or waits, after its completion. */
    @Override
    public boolean getAsBoolean() {
        result = Cancellation.cancel(ring, task, wanted);
        return result != Errno.EALREADY.negated();
    }
}
