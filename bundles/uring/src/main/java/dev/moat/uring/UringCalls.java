package dev.moat.uring;

import static dev.moat.abi.IoUring.*;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;

/** {@code io_uring_setup(2)}, {@code io_uring_enter(2)}. */
final class UringCalls {
    private static final long DEFAULT_IDLE_NS = 1_000_000_000L;

    static final int ENTER_FLAGS =
            IORING_ENTER_GETEVENTS
                    | IORING_ENTER_SQ_WAKEUP
                    | IORING_ENTER_SQ_WAIT
                    | IORING_ENTER_EXT_ARG
                    | IORING_ENTER_REGISTERED_RING
                    | IORING_ENTER_ABS_TIMER
                    | IORING_ENTER_EXT_ARG_REG
                    | IORING_ENTER_NO_IOWAIT;

    @Syscall(
            nr = 425,
            name = "io_uring_setup",
            support = Support.PARTIAL,
            note = "SQ_AFF is without effect")
    long ioUringSetup(Task task, int entries, long paramsAddr) {
        RingParams params = RingParams.read(task, paramsAddr);
        int flags = params.flags();
        if (params.has(IORING_SETUP_ATTACH_WQ)) {
            checkRing(task, params.attached());
        }
        RingLayout layout = params.layout(entries);
        int idleMs = params.idleMs();
        long idleNs = idleMs == 0 ? DEFAULT_IDLE_NS : Integer.toUnsignedLong(idleMs) * 1_000_000;
        RingMemory memory = params.makeMemory(task, layout);
        params.describe(layout);
        try {
            params.write(task, paramsAddr);
        } catch (ErrnoException e) {
            memory.close();
            throw e;
        }
        Ring ring = new Ring(task, new RingSettings(layout, flags, idleNs), memory);
        ring.startPolling();
        return params.has(IORING_SETUP_REGISTERED_FD_ONLY)
                ? RingNumbers.install(task, ring)
                : task.files().install(task, ring, true);
    }

    /** All rings of a sandbox share their worker, attached or not: EBADF, EINVAL. */
    private static void checkRing(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        boolean isRing = file instanceof Ring;
        file.release();
        if (!isRing) {
            throw Errno.EINVAL.exception();
        }
    }

    @Syscall(
            nr = 426,
            name = "io_uring_enter",
            support = Support.PARTIAL,
            note =
                    "operations on all kinds of files; no file completes by polling (EOPNOTSUPP), none has commands but sockets"
                            + " their options; local sockets do not send without copies (EOPNOTSUPP), as on Linux")
    long ioUringEnter(
            Task task, int fd, int toSubmit, int minComplete, int flags, long arg, long argSize) {
        if ((flags & ~ENTER_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        boolean registered = (flags & IORING_ENTER_REGISTERED_RING) != 0;
        FileDescription file =
                registered ? RingNumbers.acquire(task, fd) : task.resumption().acquire(task, fd);
        try {
            if (!(file instanceof Ring ring)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            if (!ring.admission().isEnabled()) {
                throw Errno.EBADFD.exception();
            }
            return enter(task, ring, toSubmit, minComplete, flags, arg, argSize);
        } catch (WaitSuspended e) {
            if (!registered) {
                task.resumption().pin(fd, file);
            }
            throw e;
        } finally {
            file.release();
        }
    }

    private static long enter(
            Task task,
            Ring ring,
            int toSubmit,
            int minComplete,
            int flags,
            long arg,
            long argSize) {
        int submitted = 0;
        if (task.resumption().isResumed()) {
            submitted = (int) task.resumption().count();
        } else if (ring.isPolled()) {
            if ((flags & IORING_ENTER_SQ_WAKEUP) != 0) {
                ring.wakePolling();
            }
            if ((flags & IORING_ENTER_SQ_WAIT) != 0
                    && ring.awaitRoom(task) == Blocker.Outcome.INTERRUPTED) {
                return Errno.EINTR.negated();
            }
            submitted = toSubmit;
        } else if (toSubmit != 0) {
            ring.admission().checkIssuer(task);
            submitted = ring.submit(task, toSubmit);
            if (submitted != toSubmit) {
                return submitted;
            }
        }
        if ((flags & IORING_ENTER_GETEVENTS) == 0 || ring.isPolling() && !ring.isPolled()) {
            // Nothing that can be polled for is ever on its way: io_iopoll_check(); what found no
            // room may have some now.
            ring.completionsWaiting();
            return submitted;
        }
        long result;
        try {
            result = await(task, ring, minComplete, flags, arg, argSize);
        } catch (WaitSuspended e) {
            task.resumption().setCount(submitted);
            throw e;
        }
        return submitted != 0 ? submitted : result;
    }

    private static long await(
            Task task, Ring ring, int minComplete, int flags, long arg, long argSize) {
        if (ring.settings().has(IORING_SETUP_DEFER_TASKRUN)) {
            // io_allowed_run_tw: completions are made by one task only
            ring.admission().checkIssuer(task);
        }
        WaitArgument argument = WaitArgument.read(task, ring, flags, arg, argSize);
        if (argument.maskAddr() != 0) {
            if (argument.maskBytes() != Signals.SIGSET_SIZE) {
                throw Errno.EINVAL.exception();
            }
            task.signals().setTemporaryMask(task.user().readLong(argument.maskAddr()));
        }
        int most = ring.layout().completions();
        int wanted = Integer.compareUnsigned(minComplete, most) > 0 ? most : minComplete;
        return new CompletionWait(task, ring, wanted).run(argument);
    }
}
