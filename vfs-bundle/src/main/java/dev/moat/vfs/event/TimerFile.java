package dev.moat.vfs.event;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.EventFlags;
import dev.moat.abi.Itimerspec;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Timespec;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** timerfd_create(2): expirations of a timer, to be read. */
@Stateful
public final class TimerFile extends FileDescription implements TimerListener {
    private static final int IN = PollFlags.POLLIN;

    private final Inode inode;
    private final int clockId;
    private final Clock clock;
    private final Timer timer;
    private final WaitQueue waiters = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by the lock; times on the monotonic clock.
    private long deadlineNs = Timer.NEVER;
    private long intervalNs;
    private long ticks;
    private int settingFlags;
    private final MemorySegment value = MemorySegment.ofArray(new byte[8]);

    public TimerFile(Sandbox sandbox, Inode inode, int clockId, int flags) {
        super(flags);
        this.inode = inode;
        this.clockId = clockId;
        this.clock = sandbox.clock();
        this.timer = sandbox.timers().newTimer(this);
    }

    @Override
    public boolean hasWrite() {
        return false;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        timer.close();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        // noop_llseek(): the position stays where it is.
        return 0;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[timerfd]";
    }

    /**
     * Sets the timer, timerfd_settime(2); gives what was set before.
     *
     * @param space of the caller, on whose clocks an absolute time is
     */
    public Itimerspec set(Itimerspec wanted, int flags, TimeSpace space) {
        lock.lock();
        try {
            long now = clock.monotonicNs();
            catchUpLocked(now);
            Itimerspec before = remainingLocked(now);
            ticks = 0;
            settingFlags = flags;
            intervalNs = wanted.interval().toNanos();
            boolean absolute = (flags & EventFlags.TFD_TIMER_ABSTIME) != 0;
            deadlineNs = deadline(wanted.value(), absolute, offsetNs(space));
            timer.arm(deadlineNs);
            return before;
        } finally {
            lock.unlock();
        }
    }

    private long deadline(Timespec value, boolean absolute, long offsetNs) {
        if (value.seconds() == 0 && value.nanoseconds() == 0) {
            return Timer.NEVER;
        }
        long ns = value.toNanos();
        long left = absolute ? TimeSpace.toSandbox(ns, offsetNs) - clockNs() : ns;
        // After the other clock: what passes in between makes the deadline later, never too early.
        long at = clock.monotonicNs() + left;
        // Beyond 292 years: never.
        return left > 0 && at < 0 ? Timer.NEVER : at;
    }

    private long offsetNs(TimeSpace space) {
        return switch (clockId) {
            case Clocks.CLOCK_REALTIME, Clocks.CLOCK_REALTIME_ALARM -> 0;
            case Clocks.CLOCK_BOOTTIME, Clocks.CLOCK_BOOTTIME_ALARM -> space.boottimeNs();
            default -> space.monotonicNs();
        };
    }

    private long clockNs() {
        return switch (clockId) {
            case Clocks.CLOCK_REALTIME, Clocks.CLOCK_REALTIME_ALARM -> clock.realtimeNs();
            case Clocks.CLOCK_BOOTTIME, Clocks.CLOCK_BOOTTIME_ALARM -> clock.boottimeNs();
            default -> clock.monotonicNs();
        };
    }

    /** What is left and the period: timerfd_gettime(2). */
    public Itimerspec get() {
        lock.lock();
        try {
            long now = clock.monotonicNs();
            catchUpLocked(now);
            return remainingLocked(now);
        } finally {
            lock.unlock();
        }
    }

    private Itimerspec remainingLocked(long now) {
        long left = deadlineNs == Timer.NEVER ? 0 : Math.max(1, deadlineNs - now);
        return new Itimerspec(Timespec.ofNanos(intervalNs), Timespec.ofNanos(left));
    }

    /** Counts the expirations up to {@code now}; whether there were any. */
    private boolean catchUpLocked(long now) {
        if (deadlineNs == Timer.NEVER || now < deadlineNs) {
            return false;
        }
        if (intervalNs == 0) {
            ticks++;
            deadlineNs = Timer.NEVER;
        } else {
            long passed = 1 + (now - deadlineNs) / intervalNs;
            ticks += passed;
            deadlineNs += passed * intervalNs;
        }
        return true;
    }

    @Override
    public void expired(long nowNs) {
        boolean any;
        lock.lock();
        try {
            any = catchUpLocked(Math.max(nowNs, clock.monotonicNs()));
            if (deadlineNs != Timer.NEVER) {
                timer.arm(deadlineNs);
            }
        } finally {
            lock.unlock();
        }
        if (any) {
            waiters.wakeAll(IN);
        }
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (target.remaining() < 8) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            if (catchUpLocked(clock.monotonicNs()) && deadlineNs != Timer.NEVER) {
                timer.arm(deadlineNs);
            }
            if (ticks == 0) {
                return Errno.EAGAIN.negated();
            }
            value.set(JAVA_LONG_UNALIGNED, 0, ticks);
            ticks = 0;
            return target.put(value, 0, 8) < 8 ? Errno.EFAULT.negated() : 8;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            return ticks != 0 ? IN : 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return waiters;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command != EventFlags.TFD_IOC_SET_TICKS) {
            throw Errno.ENOTTY.exception();
        }
        long wanted = task.user().readLong(argument);
        if (wanted == 0) {
            throw Errno.EINVAL.exception();
        }
        lock.lock();
        try {
            ticks = wanted;
        } finally {
            lock.unlock();
        }
        waiters.wakeAll(IN);
        return 0;
    }

    @Override
    public String describeExtra() {
        lock.lock();
        try {
            Itimerspec left = remainingLocked(clock.monotonicNs());
            return "clockid: %d\nticks: %d\nsettime flags: 0%o\nit_value: (%d, %d)\nit_interval: (%d, %d)\n"
                    .formatted(
                            clockId,
                            ticks,
                            settingFlags,
                            left.value().seconds(),
                            left.value().nanoseconds(),
                            left.interval().seconds(),
                            left.interval().nanoseconds());
        } finally {
            lock.unlock();
        }
    }
}
