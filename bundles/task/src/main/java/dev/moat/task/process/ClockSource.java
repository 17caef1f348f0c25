package dev.moat.task.process;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.api.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * A clock that a guest can name: system clocks, and CPU clocks of processes and threads. Source:
 * kernel/time/posix-timers.c, posix-cpu-timers.c.
 */
@Stateful
public final class ClockSource {
    private static final long COARSE_NS = 4_000_000;

    /** What is counted. */
    private enum Kind {
        REALTIME,
        MONOTONIC,
        BOOTTIME,
        PROCESS,
        THREAD
    }

    private final Clock clock;
    private final Kind kind;
    private final int cpuClock;
    private final @Nullable GuestGroup group;
    private final @Nullable GuestTask thread;

    private ClockSource(
            Clock clock,
            Kind kind,
            int cpuClock,
            @Nullable GuestGroup group,
            @Nullable GuestTask thread) {
        this.clock = clock;
        this.kind = kind;
        this.cpuClock = cpuClock;
        this.group = group;
        this.thread = thread;
    }

    /**
     * The clock {@code clockId} as {@code task} sees it.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL if there is none
     */
    public static ClockSource of(GuestTask task, int clockId) {
        Clock clock = task.services().clock();
        return switch (clockId) {
            case Clocks.CLOCK_REALTIME, Clocks.CLOCK_REALTIME_COARSE, Clocks.CLOCK_TAI ->
                    system(clock, Kind.REALTIME);
            case Clocks.CLOCK_MONOTONIC,
                    Clocks.CLOCK_MONOTONIC_RAW,
                    Clocks.CLOCK_MONOTONIC_COARSE ->
                    system(clock, Kind.MONOTONIC);
            case Clocks.CLOCK_BOOTTIME -> system(clock, Kind.BOOTTIME);
            case Clocks.CLOCK_PROCESS_CPUTIME_ID -> ofProcess(task.group(), Clocks.CPUCLOCK_SCHED);
            case Clocks.CLOCK_THREAD_CPUTIME_ID ->
                    new ClockSource(clock, Kind.THREAD, Clocks.CPUCLOCK_SCHED, null, task);
            default -> dynamic(task, clockId);
        };
    }

    /**
     * Whether a clock wakes a machine that sleeps: it needs a real-time clock device, and a sandbox
     * has none. It cannot be read (EINVAL) and has no timers (EOPNOTSUPP):
     * kernel/time/alarmtimer.c.
     */
    public static boolean isAlarm(int clockId) {
        return clockId == Clocks.CLOCK_REALTIME_ALARM || clockId == Clocks.CLOCK_BOOTTIME_ALARM;
    }

    /** CPU clock of a process: CPUCLOCK_PROF, CPUCLOCK_VIRT or CPUCLOCK_SCHED. */
    static ClockSource ofProcess(GuestGroup group, int cpuClock) {
        return new ClockSource(
                group.leader().services().clock(), Kind.PROCESS, cpuClock, group, null);
    }

    /** CLOCK_REALTIME as ITIMER_REAL needs it: unaffected by jumps, so monotonic. */
    static ClockSource monotonic(Clock clock) {
        return system(clock, Kind.MONOTONIC);
    }

    /** A clock of a coarse id ticks with the timer interrupt; others are exact. */
    public static long resolutionNs(int clockId) {
        return clockId == Clocks.CLOCK_REALTIME_COARSE || clockId == Clocks.CLOCK_MONOTONIC_COARSE
                ? COARSE_NS
                : 1;
    }

    /** What it shows more in a time namespace. */
    public long offsetNs(TimeSpace space) {
        return switch (kind) {
            case MONOTONIC -> space.monotonicNs();
            case BOOTTIME -> space.boottimeNs();
            case REALTIME, PROCESS, THREAD -> 0;
        };
    }

    /** Now, in nanoseconds, by the sandbox' clocks. */
    public long nowNs() {
        return switch (kind) {
            case REALTIME -> clock.realtimeNs();
            case MONOTONIC -> clock.monotonicNs();
            case BOOTTIME -> clock.boottimeNs();
            case PROCESS -> group == null ? 0 : pick(group.cpuTime());
            case THREAD -> thread == null ? 0 : pick(thread.cpuTime());
        };
    }

    /** The id that a process knows it by, if it is not named otherwise. */
    int ownId() {
        return switch (kind) {
            case REALTIME -> Clocks.CLOCK_REALTIME;
            case MONOTONIC -> Clocks.CLOCK_MONOTONIC;
            case BOOTTIME -> Clocks.CLOCK_BOOTTIME;
            case PROCESS -> Clocks.CLOCK_PROCESS_CPUTIME_ID;
            case THREAD -> Clocks.CLOCK_THREAD_CPUTIME_ID;
        };
    }

    /** CPU clocks of the caller are kept by what they are: PROCESS_CLOCK and THREAD_CLOCK. */
    static int shownId(int clockId) {
        return switch (clockId) {
            case Clocks.CLOCK_PROCESS_CPUTIME_ID -> -6;
            case Clocks.CLOCK_THREAD_CPUTIME_ID -> -2;
            default -> clockId;
        };
    }

    /** Whether it stands while nothing runs. */
    public boolean isCpuTime() {
        return kind == Kind.PROCESS || kind == Kind.THREAD;
    }

    /** Whether it counts the CPU time of one thread. */
    public boolean isThread(GuestTask task) {
        return kind == Kind.THREAD && thread == task;
    }

    /** How many times faster than real time it can go. */
    int threads() {
        return kind == Kind.PROCESS && group != null ? Math.max(1, group.live.size()) : 1;
    }

    private long pick(CpuTime time) {
        return cpuClock == Clocks.CPUCLOCK_VIRT ? time.userNs() : time.userNs() + time.systemNs();
    }

    private static ClockSource system(Clock clock, Kind kind) {
        return new ClockSource(clock, kind, 0, null, null);
    }

    /** Negative ids carry a pid, inverted, and the kind of CPU clock: clock_getcpuclockid(3). */
    private static ClockSource dynamic(GuestTask task, int clockId) {
        if (clockId >= 0) {
            throw Errno.EINVAL.exception();
        }
        int which = clockId & Clocks.CPUCLOCK_CLOCK_MASK;
        if (which == Clocks.CLOCKFD) {
            throw Errno.EINVAL.exception();
        }
        int pid = ~(clockId >> 3);
        if ((clockId & Clocks.CPUCLOCK_PERTHREAD_MASK) != 0) {
            GuestTask target = pid == 0 ? task : task.services().tree().find(task, pid);
            if (target == null || target.group() != task.group()) {
                throw Errno.EINVAL.exception();
            }
            return new ClockSource(task.services().clock(), Kind.THREAD, which, null, target);
        }
        GuestGroup target = pid == 0 ? task.group() : task.services().tree().findGroup(task, pid);
        if (target == null) {
            throw Errno.EINVAL.exception();
        }
        return ofProcess(target, which);
    }
}
