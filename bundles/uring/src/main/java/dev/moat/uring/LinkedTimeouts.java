package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** IORING_OP_LINK_TIMEOUT: limits the operation before it in a chain. */
final class LinkedTimeouts {
    private LinkedTimeouts() {}

    /**
     * Before {@code head} is worked on, by its owner: starts the timeout that follows it, or gives
     * it to {@code end} with what is wrong with it.
     */
    static void arm(Ring ring, Request head, ObjLongConsumer<Request> end) {
        Request timeout = head.next();
        if (timeout == null
                || Operation.of(timeout.sqe().opcode()) != Operation.LINK_TIMEOUT
                || timeout.error() != 0) {
            return;
        }
        head.setNext(timeout.next());
        timeout.setNext(null);
        head.setLimit(timeout);
        timeout.setLimited(head);
        ring.enter(timeout);
        try {
            Sqe sqe = timeout.sqe();
            timeout.waitUntil(
                    Timeouts.deadline(
                            timeout, Timeouts.read(timeout, sqe.addr()), sqe.operationFlags()));
        } catch (ErrnoException e) {
            head.setLimit(null);
            end.accept(timeout, e.errno().negated());
            return;
        }
        ring.worker().addTimed(timeout);
        timeout.park();
        ring.worker().wake();
    }

    /**
     * The operation has ended: its timeout is not needed.
     *
     * @return the timeout, which the caller owns then; null if there is none, or its time is over
     */
    static @Nullable Request release(Request head) {
        Request timeout = head.limit();
        head.setLimit(null);
        return timeout != null && timeout.claimWaiting() ? timeout : null;
    }

    /** The time is over; the caller owns the timeout. */
    static void expire(Ring ring, Request timeout) {
        Request head = timeout.limited();
        timeout.setLimited(null);
        long result = (head == null ? Errno.ENOENT : Errno.ETIME).negated();
        try {
            // One that is being worked on ends as soon as it would wait.
            if (head != null && Cancellation.cancel(ring, head) && Cancellation.isCounted(head)) {
                result = 1;
            }
        } finally {
            ring.end(timeout, result);
        }
    }
}
