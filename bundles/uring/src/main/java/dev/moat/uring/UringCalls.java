package dev.moat.uring;

import static dev.moat.abi.IoUring.*;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.Signals;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;

/** {@code io_uring_setup(2)}, {@code io_uring_enter(2)}. */
final class UringCalls {
    /** {@code struct io_uring_params}. */
    private static final int PARAMS_BYTES = 120;

    private static final int MOST_ENTRIES = 32768;
    private static final int LARGE_SUBMISSION_BYTES = 128;
    private static final long DEFAULT_IDLE_NS = 1_000_000_000L;

    /** {@code struct io_uring_getevents_arg}. */
    private static final int ARGUMENT_BYTES = 24;

    private static final int FLAGS =
            IORING_SETUP_IOPOLL
                    | IORING_SETUP_SQPOLL
                    | IORING_SETUP_CQSIZE
                    | IORING_SETUP_CLAMP
                    | IORING_SETUP_ATTACH_WQ
                    | IORING_SETUP_R_DISABLED
                    | IORING_SETUP_SUBMIT_ALL
                    | IORING_SETUP_COOP_TASKRUN
                    | IORING_SETUP_TASKRUN_FLAG
                    | IORING_SETUP_SQE128
                    | IORING_SETUP_CQE32
                    | IORING_SETUP_SINGLE_ISSUER
                    | IORING_SETUP_DEFER_TASKRUN
                    | IORING_SETUP_NO_SQARRAY;

    private static final int FEATURES =
            IORING_FEAT_SINGLE_MMAP
                    | IORING_FEAT_NODROP
                    | IORING_FEAT_SUBMIT_STABLE
                    | IORING_FEAT_RW_CUR_POS
                    | IORING_FEAT_CUR_PERSONALITY
                    | IORING_FEAT_FAST_POLL
                    | IORING_FEAT_POLL_32BITS
                    | IORING_FEAT_SQPOLL_NONFIXED
                    | IORING_FEAT_EXT_ARG
                    | IORING_FEAT_NATIVE_WORKERS
                    | IORING_FEAT_RSRC_TAGS
                    | IORING_FEAT_CQE_SKIP
                    | IORING_FEAT_LINKED_FILE;

    @Syscall(
            nr = 425,
            name = "io_uring_setup",
            support = Support.PARTIAL,
            note = "no SQ_AFF, NO_MMAP, HYBRID_IOPOLL, CQE_MIXED (EINVAL)")
    long ioUringSetup(Task task, int entries, long paramsAddr) {
        MemorySegment params = MemorySegment.ofArray(task.user().copyIn(paramsAddr, PARAMS_BYTES));
        for (long at = 28; at < 40; at += 4) {
            if (params.get(JAVA_INT_UNALIGNED, at) != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        int flags = params.get(JAVA_INT_UNALIGNED, 8);
        if ((flags & IORING_SETUP_ATTACH_WQ) != 0) {
            checkRing(task, params.get(JAVA_INT_UNALIGNED, 24));
        }
        RingLayout layout = layout(entries, params.get(JAVA_INT_UNALIGNED, 4), flags);
        int idleMs = params.get(JAVA_INT_UNALIGNED, 16);
        long idleNs = idleMs == 0 ? DEFAULT_IDLE_NS : Integer.toUnsignedLong(idleMs) * 1_000_000;
        describe(params, layout);
        task.user().copyOut(paramsAddr, params, 0, PARAMS_BYTES);
        Ring ring = new Ring(task, new RingSettings(layout, flags, idleNs));
        ring.startPolling();
        return task.files().install(task, ring, true);
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

    /** io_uring_fill_params: EINVAL. */
    private static RingLayout layout(int entries, int wantedCompletions, int flags) {
        boolean defers = (flags & IORING_SETUP_DEFER_TASKRUN) != 0;
        boolean polls = (flags & IORING_SETUP_SQPOLL) != 0;
        int taskRun =
                IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_DEFER_TASKRUN;
        boolean noted = (flags & IORING_SETUP_TASKRUN_FLAG) != 0;
        if ((flags & ~FLAGS) != 0
                || defers && (flags & IORING_SETUP_SINGLE_ISSUER) == 0
                || polls && (flags & taskRun) != 0
                || noted
                        && (flags & (IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN))
                                == 0) {
            throw Errno.EINVAL.exception();
        }
        int submissions = size(entries, MOST_ENTRIES, flags);
        int completions = 2 * submissions;
        if ((flags & IORING_SETUP_CQSIZE) != 0) {
            completions = size(wantedCompletions, 2 * MOST_ENTRIES, flags);
            if (completions < submissions) {
                throw Errno.EINVAL.exception();
            }
        }
        return new RingLayout(
                submissions,
                completions,
                (flags & IORING_SETUP_SQE128) != 0 ? LARGE_SUBMISSION_BYTES : Sqe.BYTES,
                (flags & IORING_SETUP_CQE32) != 0
                        ? 2 * RingLayout.COMPLETION_BYTES
                        : RingLayout.COMPLETION_BYTES,
                (flags & IORING_SETUP_NO_SQARRAY) == 0);
    }

    /** A power of two. */
    private static int size(int wanted, int most, int flags) {
        if (wanted == 0) {
            throw Errno.EINVAL.exception();
        }
        if (Integer.compareUnsigned(wanted, most) > 0) {
            if ((flags & IORING_SETUP_CLAMP) == 0) {
                throw Errno.EINVAL.exception();
            }
            return most;
        }
        int power = Integer.highestOneBit(wanted);
        return power == wanted ? power : 2 * power;
    }

    private static void describe(MemorySegment params, RingLayout layout) {
        int[] head = {layout.entries(), layout.completions()};
        MemorySegment.copy(head, 0, params, JAVA_INT_UNALIGNED, 0, head.length);
        params.set(JAVA_INT_UNALIGNED, 20, FEATURES);
        int[] submissions = {
            RingLayout.SQ_HEAD,
            RingLayout.SQ_TAIL,
            RingLayout.SQ_MASK,
            RingLayout.SQ_ENTRIES,
            RingLayout.SQ_FLAGS,
            RingLayout.SQ_DROPPED,
            layout.hasArray() ? (int) layout.arrayOffset() : 0,
            0,
            0,
            0
        };
        MemorySegment.copy(submissions, 0, params, JAVA_INT_UNALIGNED, 40, submissions.length);
        int[] completions = {
            RingLayout.CQ_HEAD,
            RingLayout.CQ_TAIL,
            RingLayout.CQ_MASK,
            RingLayout.CQ_ENTRIES,
            RingLayout.CQ_OVERFLOW,
            RingLayout.COMPLETIONS,
            RingLayout.CQ_FLAGS,
            0,
            0,
            0
        };
        MemorySegment.copy(completions, 0, params, JAVA_INT_UNALIGNED, 80, completions.length);
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
        int known =
                IORING_ENTER_GETEVENTS
                        | IORING_ENTER_SQ_WAKEUP
                        | IORING_ENTER_SQ_WAIT
                        | IORING_ENTER_EXT_ARG
                        | IORING_ENTER_ABS_TIMER;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            if (!(file instanceof Ring ring)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            if (!ring.admission().isEnabled()) {
                throw Errno.EBADFD.exception();
            }
            return enter(task, ring, toSubmit, minComplete, flags, arg, argSize);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
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
            submitted = toSubmit;
        } else if (toSubmit != 0) {
            ring.admission().checkIssuer(task);
            submitted = ring.submit(task, toSubmit);
            if (submitted != toSubmit) {
                return submitted;
            }
        }
        if ((flags & IORING_ENTER_GETEVENTS) == 0 || ring.isPolling() && !ring.isPolled()) {
            // Nothing that can be polled for is ever on its way: io_iopoll_check().
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
        long maskAddr = arg;
        long maskSize = argSize;
        long deadlineNs = Blocker.FOREVER;
        if ((flags & IORING_ENTER_EXT_ARG) != 0) {
            if (argSize != ARGUMENT_BYTES) {
                throw Errno.EINVAL.exception();
            }
            maskAddr = task.user().readLong(arg);
            maskSize = task.user().readInt(arg + 8);
            deadlineNs = deadline(task, ring, task.user().readLong(arg + 16), flags);
        }
        if (maskAddr != 0) {
            if (maskSize != Signals.SIGSET_SIZE) {
                throw Errno.EINVAL.exception();
            }
            task.signals().setTemporaryMask(task.user().readLong(maskAddr));
        }
        int most = ring.settings().layout().completions();
        int wanted = Integer.compareUnsigned(minComplete, most) > 0 ? most : minComplete;
        return switch (ring.await(task, wanted, deadlineNs)) {
            case READY -> 0;
            case TIMED_OUT -> Errno.ETIME.negated();
            case INTERRUPTED -> Errno.EINTR.negated();
        };
    }

    private static long deadline(Task task, Ring ring, long userAddr, int flags) {
        if (userAddr == 0) {
            return Blocker.FOREVER;
        }
        Timespec time =
                new Timespec(task.user().readLong(userAddr), task.user().readLong(userAddr + 8));
        if (!time.isValid()) {
            throw Errno.EINVAL.exception();
        }
        return (flags & IoUring.IORING_ENTER_ABS_TIMER) != 0
                ? time.toNanos() - ring.tuning().offsetNs(task.sandbox().clock())
                : task.resumption().deadlineAfter(task, time.toNanos());
    }
}
