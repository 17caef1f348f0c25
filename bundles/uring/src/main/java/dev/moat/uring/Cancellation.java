package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Takes back what is under way: io_uring/cancel.c. */
final class Cancellation {
    private static final int KNOWN =
            IoUring.IORING_ASYNC_CANCEL_ALL
                    | IoUring.IORING_ASYNC_CANCEL_FD
                    | IoUring.IORING_ASYNC_CANCEL_ANY
                    | IoUring.IORING_ASYNC_CANCEL_FD_FIXED
                    | IoUring.IORING_ASYNC_CANCEL_USERDATA
                    | IoUring.IORING_ASYNC_CANCEL_OP;

    /** With one of these alone user data does not matter. */
    private static final int OTHER_KEYS =
            IoUring.IORING_ASYNC_CANCEL_FD
                    | IoUring.IORING_ASYNC_CANCEL_ANY
                    | IoUring.IORING_ASYNC_CANCEL_OP;

    private Cancellation() {}

    /** io_fail_links: the rest of a chain is not done, which is told unless it is mute. */
    static void failChain(Ring ring, Request first, boolean mute) {
        Request next = first;
        while (next != null) {
            Request skipped = next;
            next = skipped.next();
            skipped.setNext(null);
            skipped.free();
            if (!mute) {
                long code = skipped.error() != 0 ? skipped.error() : Errno.ECANCELED.negated();
                ring.post(new Cqe(skipped.userData(), (int) code, 0), true);
            }
        }
    }

    /** Ends a request that waits; false if it does not. */
    static boolean cancel(Ring ring, Request request) {
        // Who works on it looks at this before and after it lets go.
        request.forbidWaiting();
        if (!request.claimWaiting()) {
            return false;
        }
        Progress.conclude(ring, request);
        return true;
    }

    /** The same by {@code own}, which is told before. */
    private static boolean cancel(Request own, Request request) {
        boolean taken = claim(request);
        request.forbidWaiting();
        if (!taken && !request.claimWaiting()) {
            return false;
        }
        own.concludeAfterwards(request);
        return true;
    }

    /** Whether one that waits no more ends now: any other one may have been woken before. */
    static boolean ends(Request request) {
        return request.isCancelled() && !isCounted(request);
    }

    /** Whether its cancellation gives how many were cancelled, instead of 0. */
    static boolean isCounted(Request request) {
        Operation operation = Operation.of(request.sqe().opcode());
        return operation != null && operation.isCounted();
    }

    /**
     * What a cancelled request that the caller owns ends with: what it has done is told, and which
     * buffers it has used, io_req_defer_failed.
     */
    static long resultOf(Request request) {
        long moved = Math.max(request.resumption().progress(), request.tellKept());
        return moved > 0 ? moved : Errno.ECANCELED.negated();
    }

    /** IORING_OP_ASYNC_CANCEL by {@code own}, which does not cancel itself. */
    static long cancel(Ring ring, Request own, Sqe sqe) {
        return cancel(ring, own, own.submitter(), sqe);
    }

    /** The same by a call of {@code task}. */
    static long cancel(Ring ring, Task task, Sqe sqe) {
        return cancel(ring, null, task, sqe);
    }

    private static long cancel(Ring ring, @Nullable Request own, Task task, Sqe sqe) {
        int flags = sqe.operationFlags();
        boolean byFile = (flags & IoUring.IORING_ASYNC_CANCEL_FD) != 0;
        boolean any = (flags & IoUring.IORING_ASYNC_CANCEL_ANY) != 0;
        if ((flags & ~KNOWN) != 0 || byFile && any) {
            return Errno.EINVAL.negated();
        }
        FileDescription file = byFile ? file(ring, task, sqe, flags) : null;
        try {
            Predicate<Request> wanted = request -> matches(request, sqe, flags, file);
            boolean all = any || (flags & IoUring.IORING_ASYNC_CANCEL_ALL) != 0;
            boolean byData =
                    (flags & IoUring.IORING_ASYNC_CANCEL_USERDATA) != 0
                            || (flags & OTHER_KEYS) == 0;
            List<Request> among = byData ? ring.copyActive(sqe.addr()) : ring.copyActive();
            return cancel(ring, own, among, wanted, all);
        } finally {
            if (file != null) {
                file.release();
            }
        }
    }

    private static FileDescription file(Ring ring, Task task, Sqe sqe, int flags) {
        boolean fixed =
                (flags & IoUring.IORING_ASYNC_CANCEL_FD_FIXED) != 0
                        || sqe.has(IoUring.IOSQE_FIXED_FILE);
        FileDescription file =
                fixed
                        ? ring.files().acquire(sqe.guestDescriptor())
                        : task.files().tryAcquire(sqe.guestDescriptor());
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    private static boolean matches(
            Request request, Sqe sqe, int flags, @Nullable FileDescription file) {
        boolean byFile = file != null;
        boolean byOperation = (flags & IoUring.IORING_ASYNC_CANCEL_OP) != 0;
        boolean any = (flags & IoUring.IORING_ASYNC_CANCEL_ANY) != 0;
        boolean byData =
                (flags & IoUring.IORING_ASYNC_CANCEL_USERDATA) != 0
                        || !byFile && !byOperation && !any;
        return (!byFile || request.file() == file)
                && (!byOperation || request.sqe().opcode() == sqe.length())
                && (!byData || request.userData() == sqe.addr());
    }

    private static long cancel(
            Ring ring,
            @Nullable Request own,
            List<Request> among,
            Predicate<Request> wanted,
            boolean all) {
        int cancelled = 0;
        boolean busy = false;
        for (Request request : among) {
            if (request == own || !wanted.test(request)) {
                continue;
            }
            if (own == null ? cancel(ring, request) : cancel(own, request)) {
                cancelled++;
                if (!all) {
                    return isCounted(request) ? 1 : 0;
                }
            } else {
                busy = true;
            }
        }
        if (all) {
            return cancelled;
        }
        return (busy ? Errno.EALREADY : Errno.ENOENT).negated();
    }

    /** IORING_OP_POLL_REMOVE: takes a poll away, or changes what it polls for. */
    static long removePoll(Ring ring, Request own) {
        Sqe sqe = own.sqe();
        int flags = sqe.length();
        int known =
                IoUring.IORING_POLL_UPDATE_EVENTS
                        | IoUring.IORING_POLL_UPDATE_USER_DATA
                        | IoUring.IORING_POLL_ADD_MULTI;
        if ((flags & ~known) != 0) {
            return Errno.EINVAL.negated();
        }
        for (Request request : ring.copyActive(sqe.addr())) {
            if (request.userData() != sqe.addr()
                    || Operation.of(request.sqe().opcode()) != Operation.POLL_ADD) {
                continue;
            }
            if (!claim(request)) {
                return Errno.EALREADY.negated();
            }
            if ((flags & ~IoUring.IORING_POLL_ADD_MULTI) == 0) {
                request.forbidWaiting();
                own.concludeAfterwards(request);
                return 0;
            }
            if ((flags & IoUring.IORING_POLL_UPDATE_EVENTS) != 0) {
                request.setEvents(sqe.operationFlags());
            }
            if ((flags & IoUring.IORING_POLL_UPDATE_USER_DATA) != 0) {
                ring.changeUserData(request, sqe.off());
            }
            own.concludeAfterwards(request);
            return 0;
        }
        return Errno.ENOENT.negated();
    }

    /**
     * Takes one that waits, or was woken. A poll may have been woken by another event, or has told
     * of one of many a moment ago, and in Linux would wait again by then: so it is looked for until
     * the worker has let go, giving up the CPU between two looks.
     */
    private static boolean claim(Request request) {
        while (true) {
            if (request.claimWaiting() || request.claimQueued()) {
                return true;
            }
            if (!request.isWorkedOnShortly() || !request.ring().takePatience()) {
                return false;
            }
            Thread.yield();
        }
    }
}
