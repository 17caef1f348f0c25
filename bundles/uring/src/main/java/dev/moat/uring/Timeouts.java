package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.Timespec;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.time.Clock;
import org.jspecify.annotations.Nullable;

/** IORING_OP_TIMEOUT and IORING_OP_TIMEOUT_REMOVE: io_uring/timeout.c. */
final class Timeouts {
    private static final int CLOCKS =
            IoUring.IORING_TIMEOUT_BOOTTIME | IoUring.IORING_TIMEOUT_REALTIME;

    static final int KNOWN =
            IoUring.IORING_TIMEOUT_ABS
                    | CLOCKS
                    | IoUring.IORING_TIMEOUT_ETIME_SUCCESS
                    | IoUring.IORING_TIMEOUT_MULTISHOT;

    /** What has a new time with it. */
    static final int UPDATES = IoUring.IORING_TIMEOUT_UPDATE | IoUring.IORING_LINK_TIMEOUT_UPDATE;

    private Timeouts() {}

    /** Begins to wait for time, or for a number of completions. */
    static long begin(Ring ring, Request request) {
        if (request.goal() != Long.MAX_VALUE) {
            // Completions have woken it.
            return request.goal() <= ring.posted() ? 0 : Request.PENDING;
        }
        Sqe sqe = request.sqe();
        int flags = sqe.operationFlags();
        boolean repeats = (flags & IoUring.IORING_TIMEOUT_MULTISHOT) != 0;
        boolean absolute = (flags & IoUring.IORING_TIMEOUT_ABS) != 0;
        if (sqe.length() != 1 || (flags & ~KNOWN) != 0 || repeats && absolute) {
            return Errno.EINVAL.negated();
        }
        long lengthNs = read(request, sqe.addr());
        request.waitUntil(deadline(request, lengthNs, flags));
        if (repeats) {
            request.setPeriod(lengthNs, sqe.off());
        } else if ((int) sqe.off() != 0) {
            ring.expect(request, Integer.toUnsignedLong((int) sqe.off()));
        }
        return Request.PENDING;
    }

    /** The length of a struct timespec: EFAULT, EINVAL. */
    static long read(Request request, long userAddr) {
        long seconds = request.user().readLong(userAddr);
        Timespec time = new Timespec(seconds, request.user().readLong(userAddr + 8));
        if (!time.isValid()) {
            throw Errno.EINVAL.exception();
        }
        return time.toNanos();
    }

    /** On the monotonic clock; {@link Blocker#FOREVER} for what is beyond its range. */
    static long deadline(Request request, long ns, int flags) {
        if ((flags & CLOCKS) == CLOCKS) {
            throw Errno.EINVAL.exception();
        }
        Clock clock = request.clock();
        long leftNs = ns;
        if ((flags & IoUring.IORING_TIMEOUT_ABS) != 0) {
            long baseNs =
                    (flags & IoUring.IORING_TIMEOUT_REALTIME) != 0
                            ? clock.realtimeNs()
                            : (flags & IoUring.IORING_TIMEOUT_BOOTTIME) != 0
                                    ? clock.boottimeNs()
                                    : clock.monotonicNs();
            leftNs = Math.max(0, ns - baseNs);
        }
        // After the other clock: what passes in between makes the deadline later, never too early.
        long nowNs = clock.monotonicNs();
        return leftNs > Blocker.FOREVER - 1 - nowNs ? Blocker.FOREVER - 1 : nowNs + leftNs;
    }

    /** Its time has come; the caller owns it. */
    static void expire(Ring ring, Request request) {
        if (request.periodNs() != 0) {
            boolean last = request.countRepeat();
            if (!last && ring.postMore(request, Errno.ETIME.negated(), 0)) {
                request.waitUntil(request.deadlineNs() + request.periodNs());
                request.park();
                return;
            }
        }
        ring.end(request, Errno.ETIME.negated());
    }

    /**
     * A completion was told: wakes what waited for that many. As in Linux it ends later, not in the
     * middle of whatever has told the completion.
     */
    static void count(Ring ring) {
        long posted = ring.posted();
        for (Request request : ring.copyActive()) {
            if (request.goal() <= posted) {
                request.woken(WaitQueue.ANY);
            }
        }
    }

    /** IORING_OP_TIMEOUT_REMOVE: takes one away, or gives it another time. */
    static long change(Ring ring, Request request) {
        Sqe sqe = request.sqe();
        int flags = sqe.operationFlags();
        boolean update = (flags & UPDATES) != 0;
        if ((flags & ~(UPDATES | IoUring.IORING_TIMEOUT_ABS | CLOCKS)) != 0
                || !update && flags != 0) {
            return Errno.EINVAL.negated();
        }
        boolean linked = (flags & IoUring.IORING_LINK_TIMEOUT_UPDATE) != 0;
        Request found = find(ring, sqe.addr(), linked ? Operation.LINK_TIMEOUT : Operation.TIMEOUT);
        if (found == null) {
            return Errno.ENOENT.negated();
        }
        long deadlineNs = update ? deadline(request, read(request, sqe.off()), flags) : 0;
        if (!found.claimWaiting()) {
            return (found.goal() <= ring.posted() ? Errno.ENOENT : Errno.EALREADY).negated();
        }
        if (!update) {
            found.forbidWaiting();
            request.concludeAfterwards(found);
            return 0;
        }
        found.waitUntil(deadlineNs);
        ring.worker().addTimed(found);
        if (found.park()) {
            ring.worker().wake();
        } else {
            // Completions have woken it meanwhile.
            request.concludeAfterwards(found);
        }
        return 0;
    }

    private static @Nullable Request find(Ring ring, long userData, Operation operation) {
        for (Request request : ring.copyActive(userData)) {
            if (request.userData() == userData
                    && Operation.of(request.sqe().opcode()) == operation) {
                return request;
            }
        }
        return null;
    }
}
