package dev.moat.abi;

/**
 * Clock identifiers and timer flags.
 *
 * <p>Source: include/uapi/linux/time.h, linux/timerfd.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/clock_gettime.2.html">clock_gettime(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/timer_create.2.html">timer_create(2)</a>
 */
public final class Clocks {
    // Clocks.
    public static final int CLOCK_REALTIME = 0;
    public static final int CLOCK_MONOTONIC = 1;
    public static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    public static final int CLOCK_THREAD_CPUTIME_ID = 3;
    public static final int CLOCK_MONOTONIC_RAW = 4;
    public static final int CLOCK_REALTIME_COARSE = 5;
    public static final int CLOCK_MONOTONIC_COARSE = 6;
    public static final int CLOCK_BOOTTIME = 7;
    public static final int CLOCK_REALTIME_ALARM = 8;
    public static final int CLOCK_BOOTTIME_ALARM = 9;
    public static final int CLOCK_SGI_CYCLE = 10;
    public static final int CLOCK_TAI = 11;
    public static final int MAX_CLOCKS = 16;

    // Dynamic clocks: the low three bits of a negative id; linux/posix-timers.h.
    public static final int CPUCLOCK_PERTHREAD_MASK = 4;
    public static final int CPUCLOCK_CLOCK_MASK = 3;
    public static final int CPUCLOCK_PROF = 0;
    public static final int CPUCLOCK_VIRT = 1;
    public static final int CPUCLOCK_SCHED = 2;
    public static final int CLOCKFD = 3;
    public static final int CLOCKFD_MASK = CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_CLOCK_MASK;

    // Flags.
    public static final int TIMER_ABSTIME = 1;

    // getitimer(2).
    public static final int ITIMER_REAL = 0;
    public static final int ITIMER_VIRTUAL = 1;
    public static final int ITIMER_PROF = 2;

    // Nanoseconds of a second, microseconds of a second.
    public static final int NSEC_PER_SEC = 1000000000;
    public static final int USEC_PER_SEC = 1000000;
    public static final int NSEC_PER_USEC = 1000;

    // Ticks a second, as times(2) and /proc report them.
    public static final int USER_HZ = 100;

    private Clocks() {}
}
