package dev.moat.abi;

/**
 * Scheduling policies and flags.
 *
 * <p>Source: include/uapi/linux/sched.h, linux/ioprio.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sched.7.html">sched(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/sched_setattr.2.html">sched_setattr(2)</a>
 */
public final class SchedPolicy {
    // Policies.
    public static final int SCHED_NORMAL = 0;
    public static final int SCHED_OTHER = 0;
    public static final int SCHED_FIFO = 1;
    public static final int SCHED_RR = 2;
    public static final int SCHED_BATCH = 3;
    public static final int SCHED_IDLE = 5;
    public static final int SCHED_DEADLINE = 6;
    public static final int SCHED_EXT = 7;

    public static final int SCHED_RESET_ON_FORK = 0x40000000;

    // sched_setattr(2).
    public static final int SCHED_FLAG_RESET_ON_FORK = 0x1;
    public static final int SCHED_FLAG_RECLAIM = 0x2;
    public static final int SCHED_FLAG_DL_OVERRUN = 0x4;
    public static final int SCHED_FLAG_KEEP_POLICY = 0x8;
    public static final int SCHED_FLAG_KEEP_PARAMS = 0x10;
    public static final int SCHED_FLAG_KEEP_ALL = 0x18;
    public static final int SCHED_FLAG_UTIL_CLAMP_MIN = 0x20;
    public static final int SCHED_FLAG_UTIL_CLAMP_MAX = 0x40;
    public static final int SCHED_FLAG_UTIL_CLAMP = 0x60;
    public static final int SCHED_FLAG_ALL = 0x7f;

    // Range of a static priority of SCHED_FIFO and SCHED_RR.
    public static final int SCHED_PRIORITY_MIN = 1;
    public static final int SCHED_PRIORITY_MAX = 99;

    // ioprio_set(2).
    public static final int IOPRIO_CLASS_SHIFT = 13;
    public static final int IOPRIO_CLASS_NONE = 0;
    public static final int IOPRIO_CLASS_RT = 1;
    public static final int IOPRIO_CLASS_BE = 2;
    public static final int IOPRIO_CLASS_IDLE = 3;
    public static final int IOPRIO_WHO_PROCESS = 1;
    public static final int IOPRIO_WHO_PGRP = 2;
    public static final int IOPRIO_WHO_USER = 3;

    private SchedPolicy() {}
}
