package dev.moat.task.calls;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Itimerval;
import dev.moat.abi.Timeval;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GroupTimers;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TimerSetting;
import java.lang.foreign.MemorySegment;

/** {@code getitimer(2)}, {@code setitimer(2)}, {@code alarm(2)}. */
final class IntervalTimerCalls {
    private static final long HALF_SECOND_NS = 500_000_000;

    @Syscall(nr = 36, name = "getitimer")
    long getitimer(Task task, int which, long valueAddr) {
        check(which);
        write(task, valueAddr, timers(task).intervalTimer(which));
        return 0;
    }

    @Syscall(nr = 38, name = "setitimer")
    long setitimer(Task task, int which, long newAddr, long oldAddr) {
        Itimerval wanted =
                newAddr == 0
                        ? new Itimerval(Timeval.ZERO, Timeval.ZERO)
                        : Itimerval.readFrom(
                                Structs.copyIn(task.user(), newAddr, Itimerval.SIZE), 0);
        if (!wanted.interval().isValid() || !wanted.value().isValid()) {
            throw Errno.EINVAL.exception();
        }
        check(which);
        TimerSetting old =
                timers(task)
                        .setIntervalTimer(
                                which, wanted.value().toNanos(), wanted.interval().toNanos());
        if (oldAddr != 0) {
            write(task, oldAddr, old);
        }
        return 0;
    }

    @Syscall(nr = 37, name = "alarm")
    long alarm(Task task, int seconds) {
        long firstNs = Integer.toUnsignedLong(seconds) * Clocks.NSEC_PER_SEC;
        TimerSetting old = timers(task).setIntervalTimer(Clocks.ITIMER_REAL, firstNs, 0);
        if (old.leftNs() == 0) {
            return 0;
        }
        // Rounded to the nearest second, but never to "no alarm": kernel/time/itimer.c.
        return Math.max(1, (old.leftNs() + HALF_SECOND_NS) / Clocks.NSEC_PER_SEC);
    }

    private static void check(int which) {
        if (which < Clocks.ITIMER_REAL || which > Clocks.ITIMER_PROF) {
            throw Errno.EINVAL.exception();
        }
    }

    private static GroupTimers timers(Task task) {
        return GuestTask.of(task).group().timers();
    }

    private static void write(Task task, long addr, TimerSetting setting) {
        // A running timer never shows zero: a remainder below a microsecond counts as one.
        long left = setting.leftNs() == 0 ? 0 : Math.max(Clocks.NSEC_PER_USEC, setting.leftNs());
        MemorySegment struct = Structs.allocate(Itimerval.SIZE);
        new Itimerval(Timeval.ofNanos(setting.periodNs()), Timeval.ofNanos(left))
                .writeTo(struct, 0);
        Structs.copyOut(task.user(), addr, struct);
    }
}
