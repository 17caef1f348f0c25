package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;

/** IORING_OP_LINK_TIMEOUT: limits the operation before it in a chain. */
final class LinkedTimeouts {
    private LinkedTimeouts() {}

    /** Before {@code head} is worked on, by its owner: starts the timeout that follows it. */
    static void arm(Ring ring, Request head) {
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
            ring.end(timeout, e.errno().negated());
            return;
        }
        ring.worker().addTimed(timeout);
        timeout.park();
        ring.worker().wake();
    }

    /** The operation has ended: its timeout is not needed. */
    static void release(Ring ring, Request head) {
        Request timeout = head.limit();
        head.setLimit(null);
        if (timeout != null && timeout.claimWaiting()) {
            ring.end(timeout, Errno.ECANCELED.negated());
        }
    }

    /** The time is over; the caller owns the timeout. */
    static void expire(Ring ring, Request timeout) {
        Request head = timeout.limited();
        timeout.setLimited(null);
        long result = Errno.ENOENT.negated();
        if (head != null) {
            // One that is being worked on ends as soon as it would wait.
            boolean cancelled = Cancellation.cancel(ring, head);
            boolean counted = cancelled && Cancellation.isCounted(head);
            result = counted ? 1 : Errno.ETIME.negated();
        }
        ring.end(timeout, result);
    }
}
