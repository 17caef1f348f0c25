package dev.moat.uring;

import static dev.moat.abi.IoUring.*;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** {@code struct io_uring_params}, read once: what a guest asks for, and is told. */
final class RingParams {
    private static final int BYTES = 120;
    private static final int MOST_ENTRIES = 32768;
    private static final int LARGE_SUBMISSION_BYTES = 128;

    private static final int POLLING_CPU = 12;
    private static final int SUBMISSIONS = 40;
    private static final int SUBMISSIONS_USER_ADDR = 72;
    private static final int COMPLETIONS = 80;
    private static final int COMPLETIONS_USER_ADDR = 112;

    static final int FLAGS =
            IORING_SETUP_IOPOLL
                    | IORING_SETUP_SQPOLL
                    | IORING_SETUP_SQ_AFF
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
                    | IORING_SETUP_NO_MMAP
                    | IORING_SETUP_REGISTERED_FD_ONLY
                    | IORING_SETUP_NO_SQARRAY
                    | IORING_SETUP_HYBRID_IOPOLL
                    | IORING_SETUP_CQE_MIXED;

    static final int FEATURES =
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
                    | IORING_FEAT_LINKED_FILE
                    | IORING_FEAT_REG_REG_RING
                    | IORING_FEAT_RECVSEND_BUNDLE
                    | IORING_FEAT_MIN_TIMEOUT
                    | IORING_FEAT_NO_IOWAIT;

    private final MemorySegment struct;

    private RingParams(MemorySegment struct) {
        this.struct = struct;
    }

    /** EFAULT; EINVAL for reserved fields. */
    static RingParams read(Task task, long userAddr) {
        MemorySegment struct = MemorySegment.ofArray(task.user().copyIn(userAddr, BYTES));
        for (long at = 28; at < SUBMISSIONS; at += 4) {
            if (struct.get(JAVA_INT_UNALIGNED, at) != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return new RingParams(struct);
    }

    void write(Task task, long userAddr) {
        task.user().copyOut(userAddr, struct, 0, BYTES);
    }

    int submissions() {
        return struct.get(JAVA_INT_UNALIGNED, 0);
    }

    private int completions() {
        return struct.get(JAVA_INT_UNALIGNED, 4);
    }

    int flags() {
        return struct.get(JAVA_INT_UNALIGNED, 8);
    }

    void setFlags(int flags) {
        struct.set(JAVA_INT_UNALIGNED, 8, flags);
    }

    boolean has(int flag) {
        return (flags() & flag) != 0;
    }

    int idleMs() {
        return struct.get(JAVA_INT_UNALIGNED, 16);
    }

    /** The ring whose workers it wants: IORING_SETUP_ATTACH_WQ. */
    int attached() {
        return struct.get(JAVA_INT_UNALIGNED, 24);
    }

    /** io_prepare_config: EINVAL. */
    RingLayout layout(int entries) {
        int taskRun =
                IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_DEFER_TASKRUN;
        if ((flags() & ~FLAGS) != 0
                || has(IORING_SETUP_DEFER_TASKRUN) && !has(IORING_SETUP_SINGLE_ISSUER)
                || has(IORING_SETUP_SQPOLL) && has(taskRun)
                || has(IORING_SETUP_SQ_AFF) && !isPlaceKnown()
                || has(IORING_SETUP_TASKRUN_FLAG)
                        && !has(IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN)
                || has(IORING_SETUP_REGISTERED_FD_ONLY) && !has(IORING_SETUP_NO_MMAP)
                || has(IORING_SETUP_HYBRID_IOPOLL) && !has(IORING_SETUP_IOPOLL)
                || has(IORING_SETUP_CQE32) && has(IORING_SETUP_CQE_MIXED)) {
            throw Errno.EINVAL.exception();
        }
        int submissions = size(entries, MOST_ENTRIES);
        int completions = 2 * submissions;
        if (has(IORING_SETUP_CQSIZE)) {
            completions = size(completions(), 2 * MOST_ENTRIES);
            if (completions < submissions) {
                throw Errno.EINVAL.exception();
            }
        }
        if (has(IORING_SETUP_CQE_MIXED) && completions < 2) {
            throw Errno.EOVERFLOW.exception();
        }
        return new RingLayout(
                submissions,
                completions,
                has(IORING_SETUP_SQE128) ? LARGE_SUBMISSION_BYTES : Sqe.BYTES,
                has(IORING_SETUP_CQE32)
                        ? 2 * RingLayout.COMPLETION_BYTES
                        : RingLayout.COMPLETION_BYTES,
                !has(IORING_SETUP_NO_SQARRAY));
    }

    /**
     * Whether polling was asked for on a CPU that there is. Where it takes place is the kernel
     * host's matter.
     */
    private boolean isPlaceKnown() {
        int cpus = Runtime.getRuntime().availableProcessors();
        int cpu = struct.get(JAVA_INT_UNALIGNED, POLLING_CPU);
        return has(IORING_SETUP_SQPOLL) && Integer.compareUnsigned(cpu, cpus) < 0;
    }

    /** A power of two. */
    private int size(int wanted, int most) {
        if (wanted == 0) {
            throw Errno.EINVAL.exception();
        }
        if (Integer.compareUnsigned(wanted, most) > 0) {
            if (!has(IORING_SETUP_CLAMP)) {
                throw Errno.EINVAL.exception();
            }
            return most;
        }
        int power = Integer.highestOneBit(wanted);
        return power == wanted ? power : 2 * power;
    }

    /** Makes the memory of a ring: what the guest brings, or pages: EFAULT, EINVAL, EOVERFLOW. */
    RingMemory makeMemory(Task task, RingLayout layout) {
        if (!has(IORING_SETUP_NO_MMAP)) {
            return new RingMemory(task.sandbox(), layout);
        }
        long ringsAddr = struct.get(JAVA_LONG_UNALIGNED, COMPLETIONS_USER_ADDR);
        long submissionsAddr = struct.get(JAVA_LONG_UNALIGNED, SUBMISSIONS_USER_ADDR);
        return new RingMemory(GuestRing.of(task, layout, ringsAddr, submissionsAddr), layout);
    }

    /** Notes what the guest is told of its ring. */
    void describe(RingLayout layout) {
        set(0, layout.entries(), layout.completions());
        struct.set(JAVA_INT_UNALIGNED, 20, FEATURES);
        set(
                SUBMISSIONS,
                place(RingLayout.SQ_HEAD),
                place(RingLayout.SQ_TAIL),
                place(RingLayout.SQ_MASK),
                place(RingLayout.SQ_ENTRIES),
                place(RingLayout.SQ_FLAGS),
                place(RingLayout.SQ_DROPPED),
                layout.hasArray() ? place((int) layout.arrayOffset()) : 0,
                0);
        set(
                COMPLETIONS,
                place(RingLayout.CQ_HEAD),
                place(RingLayout.CQ_TAIL),
                place(RingLayout.CQ_MASK),
                place(RingLayout.CQ_ENTRIES),
                place(RingLayout.CQ_OVERFLOW),
                place(RingLayout.COMPLETIONS),
                place(RingLayout.CQ_FLAGS),
                0);
        if (!has(IORING_SETUP_NO_MMAP)) {
            struct.set(JAVA_LONG_UNALIGNED, SUBMISSIONS_USER_ADDR, 0);
            struct.set(JAVA_LONG_UNALIGNED, COMPLETIONS_USER_ADDR, 0);
        }
    }

    private int place(int at) {
        return has(IORING_SETUP_NO_MMAP) ? GuestRing.place(at) : at;
    }

    private void set(int at, int... values) {
        MemorySegment.copy(values, 0, struct, JAVA_INT_UNALIGNED, at, values.length);
    }
}
