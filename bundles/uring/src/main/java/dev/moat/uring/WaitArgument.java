package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import java.lang.foreign.MemorySegment;

/**
 * How io_uring_enter(2) is to wait: a mask of signals, {@code struct io_uring_getevents_arg}, or a
 * {@code struct io_uring_reg_wait} of a registered region. Source: io_get_ext_arg.
 *
 * @param maskAddr 0: none
 * @param batchNs how long to wait for more than one completion; 0: without a limit of its own
 * @param deadlineNs on the monotonic clock
 */
record WaitArgument(long maskAddr, long maskBytes, long batchNs, long deadlineNs) {
    /** {@code struct io_uring_getevents_arg}. */
    private static final int BYTES = 24;

    /** {@code struct io_uring_reg_wait}. */
    private static final int REGISTERED_BYTES = 64;

    private static final int HAS_TIME = 1;
    private static final long MICROSECOND_NS = 1_000;
    private static final long SECOND_NS = 1_000_000_000;

    /** EFAULT, EINVAL. */
    static WaitArgument read(Task task, Ring ring, int flags, long arg, long argBytes) {
        if ((flags & IoUring.IORING_ENTER_EXT_ARG) == 0) {
            return new WaitArgument(arg, argBytes, 0, Blocker.FOREVER);
        }
        boolean registered = (flags & IoUring.IORING_ENTER_EXT_ARG_REG) != 0;
        if (argBytes != (registered ? REGISTERED_BYTES : BYTES)) {
            throw Errno.EINVAL.exception();
        }
        return registered
                ? registered(task, ring, flags, arg)
                : given(task, ring, flags, MemorySegment.ofArray(task.user().copyIn(arg, BYTES)));
    }

    private static WaitArgument given(Task task, Ring ring, int flags, MemorySegment struct) {
        long timeAddr = struct.get(JAVA_LONG_UNALIGNED, 16);
        long deadlineNs = Blocker.FOREVER;
        if (timeAddr != 0) {
            MemorySegment time = MemorySegment.ofArray(task.user().copyIn(timeAddr, 16));
            deadlineNs = deadline(task, ring, time, flags);
        }
        return new WaitArgument(
                struct.get(JAVA_LONG_UNALIGNED, 0),
                Integer.toUnsignedLong(struct.get(JAVA_INT_UNALIGNED, 8)),
                microseconds(struct.get(JAVA_INT_UNALIGNED, 12)),
                deadlineNs);
    }

    private static WaitArgument registered(Task task, Ring ring, int flags, long offset) {
        MemorySegment struct = ring.region().waitArgument(offset, REGISTERED_BYTES);
        int has = struct.get(JAVA_INT_UNALIGNED, 20);
        if ((has & ~HAS_TIME) != 0) {
            throw Errno.EINVAL.exception();
        }
        return new WaitArgument(
                struct.get(JAVA_LONG_UNALIGNED, 24),
                Integer.toUnsignedLong(struct.get(JAVA_INT_UNALIGNED, 32)),
                microseconds(struct.get(JAVA_INT_UNALIGNED, 16)),
                has == 0 ? Blocker.FOREVER : deadline(task, ring, struct, flags));
    }

    private static long microseconds(int value) {
        return Integer.toUnsignedLong(value) * MICROSECOND_NS;
    }

    /** A struct timespec, which nothing checks: timespec64_to_ktime. */
    private static long deadline(Task task, Ring ring, MemorySegment time, int flags) {
        long seconds = time.get(JAVA_LONG_UNALIGNED, 0);
        long nanoseconds = time.get(JAVA_LONG_UNALIGNED, 8);
        long ns;
        try {
            ns = Math.addExact(Math.multiplyExact(seconds, SECOND_NS), nanoseconds);
        } catch (ArithmeticException e) {
            // beyond the range of ktime_t, which saturates
            ns = seconds < 0 ? 0 : Blocker.FOREVER;
        }
        if (ns == Blocker.FOREVER) {
            return ns;
        }
        Clock clock = task.sandbox().clock();
        if ((flags & IoUring.IORING_ENTER_ABS_TIMER) != 0) {
            return ns - ring.tuning().offsetNs(clock);
        }
        long nowNs = clock.monotonicNs();
        return task.resumption()
                .callDeadline(ns > Blocker.FOREVER - nowNs ? Blocker.FOREVER : nowNs + ns);
    }
}
