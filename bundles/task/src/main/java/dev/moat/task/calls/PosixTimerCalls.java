package dev.moat.task.calls;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Itimerspec;
import dev.moat.abi.KernelSigevent;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.Timespec;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.ClockSource;
import dev.moat.task.process.GroupTimers;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.PosixTimer;
import dev.moat.task.process.TimerSetting;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@code timer_create(2)} and its siblings. */
final class PosixTimerCalls {
    @Syscall(nr = 222, name = "timer_create")
    long timerCreate(Task task, int clockId, long eventAddr, long idAddr) {
        GuestTask guest = GuestTask.of(task);
        KernelSigevent event =
                eventAddr == 0
                        ? null
                        : KernelSigevent.readFrom(
                                Structs.copyIn(task.user(), eventAddr, KernelSigevent.SIZE), 0);
        checkClock(clockId);
        GroupTimers timers = guest.group().timers();
        // As do_timer_create: a call that fails takes an id, which is told before the clock is
        // asked for a timer.
        int id = timers.takeId();
        GuestTask target = event == null ? null : target(guest, event);
        task.user().writeInt(idAddr, id);
        if (ClockSource.isAlarm(clockId)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        timers.create(id, clockId, ClockSource.of(guest, clockId), event, target);
        return 0;
    }

    @Syscall(nr = 223, name = "timer_settime")
    long timerSettime(Task task, int id, int flags, long newAddr, long oldAddr) {
        if (newAddr == 0) {
            throw Errno.EINVAL.exception();
        }
        Itimerspec wanted =
                Itimerspec.readFrom(Structs.copyIn(task.user(), newAddr, Itimerspec.SIZE), 0);
        if (!wanted.interval().isValid() || !wanted.value().isValid()) {
            throw Errno.EINVAL.exception();
        }
        GroupTimers timers = GuestTask.of(task).group().timers();
        PosixTimer timer = timers.find(id);
        boolean absolute = (flags & Clocks.TIMER_ABSTIME) != 0;
        long firstNs = wanted.value().toNanos();
        if (absolute && firstNs != 0) {
            long offsetNs = timer.source().offsetNs(task.namespaces().time());
            // 0 would disarm
            firstNs = Math.max(1, TimeSpace.toSandbox(firstNs, offsetNs));
        }
        TimerSetting old = timers.set(timer, firstNs, wanted.interval().toNanos(), absolute);
        if (oldAddr != 0) {
            write(task, oldAddr, old);
        }
        return 0;
    }

    @Syscall(nr = 224, name = "timer_gettime")
    long timerGettime(Task task, int id, long valueAddr) {
        GroupTimers timers = GuestTask.of(task).group().timers();
        write(task, valueAddr, timers.setting(timers.find(id)));
        return 0;
    }

    @Syscall(nr = 225, name = "timer_getoverrun")
    long timerGetoverrun(Task task, int id) {
        return GuestTask.of(task).group().timers().find(id).overrun();
    }

    @Syscall(nr = 226, name = "timer_delete")
    long timerDelete(Task task, int id) {
        GuestTask.of(task).group().timers().delete(id);
        return 0;
    }

    /** Whether there are timers of this kind of clock: EINVAL, EOPNOTSUPP. */
    private static void checkClock(int clockId) {
        if (clockId > Clocks.CLOCK_TAI || clockId == Clocks.CLOCK_SGI_CYCLE) {
            throw Errno.EINVAL.exception();
        }
        switch (clockId) {
            case Clocks.CLOCK_MONOTONIC_RAW,
                    Clocks.CLOCK_REALTIME_COARSE,
                    Clocks.CLOCK_MONOTONIC_COARSE ->
                    throw Errno.EOPNOTSUPP.exception();
            default -> {
                boolean ofFile = clockId < 0 && (clockId & Clocks.CLOCKFD_MASK) == Clocks.CLOCKFD;
                if (ofFile) {
                    throw Errno.EOPNOTSUPP.exception();
                }
            }
        }
    }

    /** The thread that gets the signal; null: the process. */
    private static @Nullable GuestTask target(GuestTask task, KernelSigevent event) {
        int how = event.notification();
        if (how == SignalCodes.SIGEV_NONE) {
            return null;
        }
        if (!Signals.isValid(event.signal())) {
            throw Errno.EINVAL.exception();
        }
        switch (how) {
            case SignalCodes.SIGEV_SIGNAL, SignalCodes.SIGEV_THREAD -> {
                return null;
            }
            case SignalCodes.SIGEV_THREAD_ID -> {
                GuestTask target = task.services().tree().find(task, event.threadId());
                if (target == null || target.group() != task.group()) {
                    throw Errno.EINVAL.exception();
                }
                return target;
            }
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static void write(Task task, long addr, TimerSetting setting) {
        MemorySegment struct = Structs.allocate(Itimerspec.SIZE);
        new Itimerspec(Timespec.ofNanos(setting.periodNs()), Timespec.ofNanos(setting.leftNs()))
                .writeTo(struct, 0);
        Structs.copyOut(task.user(), addr, struct);
    }
}
