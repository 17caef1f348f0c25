package dev.moat.task.process;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.KernelSigevent;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.TimerFacts;
import dev.moat.api.time.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one process: interval timers, POSIX timers and the CPU limit. Made when they are
 * first used.
 */
@Stateful
public final class GroupTimers {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** A timer, its entries in queues, and a signal that waits. */
    private static final int TIMER_BYTES = 768;

    private final TaskServices services;
    private final GuestGroup group;

    private final RankedLock lock = new RankedLock(LockRank.THREAD_GROUP);

    /** By ITIMER_*. Guarded by lock, as all below. */
    private final @Nullable IntervalTimer[] intervalTimers = new IntervalTimer[3];

    private final TreeMap<Integer, PosixTimer> posixTimers = new TreeMap<>();
    private int nextId;

    /** Pays for POSIX timers; null: an earlier revision made the process. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.EVENTS);

    private @Nullable IntervalTimer cpuLimit;
    private boolean closed;

    GroupTimers(TaskServices services, GuestGroup group) {
        this.services = services;
        this.group = group;
    }

    /** What an interval timer has left, and its period: getitimer(2). */
    public TimerSetting intervalTimer(int which) {
        IntervalTimer timer;
        lock.lock();
        try {
            timer = intervalTimers[which];
        } finally {
            lock.unlock();
        }
        return timer == null ? TimerSetting.OFF : timer.setting();
    }

    /** Sets an interval timer, 0 disarms; gives the old setting: setitimer(2). */
    public TimerSetting setIntervalTimer(int which, long firstNs, long periodNs) {
        IntervalTimer timer = makeIntervalTimer(which);
        long deadlineNs = firstNs == 0 ? Timer.NEVER : after(timer.source().nowNs(), firstNs);
        return timer.set(deadlineNs, periodNs);
    }

    /** The id of the next timer. */
    public int takeId() {
        lock.lock();
        try {
            return nextId++;
        } finally {
            lock.unlock();
        }
    }

    /** timer_create(2): EAGAIN if there are too many, or no memory for more. */
    public void create(
            int id,
            int clockId,
            ClockSource source,
            @Nullable KernelSigevent event,
            @Nullable GuestTask target) {
        lock.lock();
        try {
            if (posixTimers.size() >= group.limits().soft(Rlimits.RLIMIT_SIGPENDING)) {
                throw Errno.EAGAIN.exception();
            }
            if (!HeapCharge.tryGrow(heap, TIMER_BYTES)) {
                throw Errno.EAGAIN.exception();
            }
            KernelSigevent wanted =
                    event != null ? event : new KernelSigevent(id, Signals.SIGALRM, 0, 0);
            PosixTimer timer = new PosixTimer(services, group, id, clockId, source, wanted, target);
            posixTimers.put(id, timer);
        } finally {
            lock.unlock();
        }
    }

    /** The timer with this id: EINVAL if there is none. */
    public PosixTimer find(int id) {
        lock.lock();
        try {
            PosixTimer timer = posixTimers.get(id);
            if (timer == null) {
                throw Errno.EINVAL.exception();
            }
            return timer;
        } finally {
            lock.unlock();
        }
    }

    /** timer_settime(2): {@code firstNs} 0 disarms; relative unless {@code absolute}. */
    public TimerSetting set(PosixTimer timer, long firstNs, long periodNs, boolean absolute) {
        timer.resetOverrun();
        long deadlineNs = Timer.NEVER;
        if (firstNs != 0) {
            deadlineNs = absolute ? firstNs : after(timer.source().nowNs(), firstNs);
        }
        return timer.timer().set(deadlineNs, periodNs);
    }

    public TimerSetting setting(PosixTimer timer) {
        return timer.timer().setting();
    }

    /** timer_delete(2). */
    public void delete(int id) {
        PosixTimer timer = find(id);
        lock.lock();
        try {
            if (posixTimers.remove(id) != null) {
                HeapCharge.shrink(heap, TIMER_BYTES);
            }
        } finally {
            lock.unlock();
        }
        timer.timer().close();
    }

    /** The POSIX timers, for /proc. */
    List<TimerFacts> collectFacts() {
        lock.lock();
        try {
            return posixTimers.descendingMap().values().stream().map(PosixTimer::facts).toList();
        } finally {
            lock.unlock();
        }
    }

    /** RLIMIT_CPU was set or inherited. */
    public void cpuLimitChanged() {
        long softSeconds = group.limits().soft(Rlimits.RLIMIT_CPU);
        if (softSeconds == Long.MAX_VALUE) {
            return;
        }
        IntervalTimer timer;
        lock.lock();
        try {
            if (cpuLimit == null) {
                cpuLimit =
                        new IntervalTimer(
                                services.timers(),
                                services.clock(),
                                ClockSource.ofProcess(group, Clocks.CPUCLOCK_PROF),
                                new CpuLimitExpiry(this));
            }
            timer = cpuLimit;
        } finally {
            lock.unlock();
        }
        // 0 means one second: kernel/sys.c "RLIMIT_CPU is 0".
        timer.set(Math.max(1, softSeconds) * NS_PER_SECOND, NS_PER_SECOND);
    }

    /** A signal of a POSIX timer was taken. */
    SigInfo delivered(int id, SigInfo info) {
        PosixTimer timer;
        lock.lock();
        try {
            timer = posixTimers.get(id);
        } finally {
            lock.unlock();
        }
        return timer == null ? info : timer.delivered();
    }

    /** execve(2) deletes POSIX timers; interval timers go on. */
    void closePosixTimers() {
        for (PosixTimer timer : takePosixTimers()) {
            timer.timer().close();
        }
    }

    /** The process has ended. */
    void close() {
        closePosixTimers();
        List<IntervalTimer> all = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (IntervalTimer timer : intervalTimers) {
                if (timer != null) {
                    all.add(timer);
                }
            }
            if (cpuLimit != null) {
                all.add(cpuLimit);
            }
        } finally {
            lock.unlock();
        }
        for (IntervalTimer timer : all) {
            timer.close();
        }
    }

    private List<PosixTimer> takePosixTimers() {
        lock.lock();
        try {
            List<PosixTimer> all = List.copyOf(posixTimers.values());
            posixTimers.clear();
            nextId = 0;
            if (heap != null) {
                heap.clear();
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    private IntervalTimer makeIntervalTimer(int which) {
        lock.lock();
        try {
            IntervalTimer timer = intervalTimers[which];
            if (timer == null) {
                timer =
                        new IntervalTimer(
                                services.timers(),
                                services.clock(),
                                sourceOf(which),
                                new IntervalExpiry(this, which));
                intervalTimers[which] = timer;
                if (closed) {
                    timer.close();
                }
            }
            return timer;
        } finally {
            lock.unlock();
        }
    }

    private ClockSource sourceOf(int which) {
        return switch (which) {
            case Clocks.ITIMER_REAL -> ClockSource.monotonic(services.clock());
            case Clocks.ITIMER_VIRTUAL -> ClockSource.ofProcess(group, Clocks.CPUCLOCK_VIRT);
            default -> ClockSource.ofProcess(group, Clocks.CPUCLOCK_PROF);
        };
    }

    private void intervalExpired(int which) {
        int signal =
                switch (which) {
                    case Clocks.ITIMER_REAL -> Signals.SIGALRM;
                    case Clocks.ITIMER_VIRTUAL -> Signals.SIGVTALRM;
                    default -> Signals.SIGPROF;
                };
        group.signal(SigInfo.kernel(signal));
    }

    private void cpuLimitReached() {
        long usedNs = group.cpuTime().userNs() + group.cpuTime().systemNs();
        long hardSeconds = group.limits().get(Rlimits.RLIMIT_CPU).hard();
        if (hardSeconds >= 0 && usedNs >= hardSeconds * NS_PER_SECOND) {
            services.sender().kill(group, ExitStatus.killed(Signals.SIGKILL));
        } else {
            group.signal(SigInfo.kernel(Signals.SIGXCPU));
        }
    }

    private record IntervalExpiry(GroupTimers timers, int which) implements IntervalTimer.Expiry {
        @Override
        public void expired(long count) {
            timers.intervalExpired(which);
        }
    }

    private record CpuLimitExpiry(GroupTimers timers) implements IntervalTimer.Expiry {
        @Override
        public void expired(long count) {
            timers.cpuLimitReached();
        }
    }

    private static long after(long nowNs, long delayNs) {
        long sum = nowNs + delayNs;
        return sum < 0 ? Timer.NEVER - 1 : sum;
    }
}
