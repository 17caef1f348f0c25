package dev.moat.task.calls;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.task.process.ClockSource;
import dev.moat.task.process.GuestTask;

/** {@code nanosleep(2)}, {@code clock_nanosleep(2)}, {@code restart_syscall(2)}. */
final class SleepCalls {
    /** How often a sleep on a CPU clock looks whether the clock has come far enough. */
    private static final long CPU_CLOCK_LOOK_NS = 4_000_000;

    @Syscall(nr = 35, name = "nanosleep")
    long nanosleep(Task task, long requestAddr, long remainAddr) {
        GuestTask guest = GuestTask.of(task);
        long sleepNs = Structs.timespec(task.user(), requestAddr).toNanos();
        return sleep(guest, Deadlines.after(guest, sleepNs), remainAddr);
    }

    @Syscall(nr = 230, name = "clock_nanosleep")
    long clockNanosleep(Task task, int clockId, int flags, long requestAddr, long remainAddr) {
        GuestTask guest = GuestTask.of(task);
        if (ClockSource.isAlarm(clockId)) {
            Structs.timespec(task.user(), requestAddr);
            throw Errno.EOPNOTSUPP.exception();
        }
        ClockSource source = ClockSource.of(guest, clockId);
        boolean ownThread = clockId == Clocks.CLOCK_THREAD_CPUTIME_ID;
        if (!ownThread && source.isThread(guest)) {
            throw Errno.EINVAL.exception();
        }
        if (ownThread
                || clockId == Clocks.CLOCK_MONOTONIC_RAW
                || clockId == Clocks.CLOCK_REALTIME_COARSE
                || clockId == Clocks.CLOCK_MONOTONIC_COARSE) {
            throw Errno.EOPNOTSUPP.exception();
        }
        long requestNs = Structs.timespec(task.user(), requestAddr).toNanos();
        boolean absolute = (flags & Clocks.TIMER_ABSTIME) != 0;
        if (source.isCpuTime()) {
            long untilNs = absolute ? requestNs : Deadlines.plus(source.nowNs(), requestNs);
            return sleepOnCpuClock(guest, source, task.resumption().callDeadline(untilNs));
        }
        if (!absolute) {
            return sleep(guest, Deadlines.after(guest, requestNs), remainAddr);
        }
        long untilNs = TimeSpace.toSandbox(requestNs, source.offsetNs(task.namespaces().time()));
        long deadlineNs = Deadlines.after(guest, untilNs - source.nowNs());
        Blocker.Outcome outcome = guest.blocker().await(() -> false, deadlineNs);
        return outcome == Blocker.Outcome.TIMED_OUT ? 0 : -Restart.ERESTARTNOHAND;
    }

    @Syscall(nr = 219, name = "restart_syscall")
    long restartSyscall(Task task) {
        Task.RestartBlock block = GuestTask.of(task).takeRestart();
        if (block == null) {
            return Errno.EINTR.negated();
        }
        try {
            return block.restart(task);
        } catch (WaitSuspended e) {
            task.setRestart(block);
            throw e;
        }
    }

    /** Sleeps on until the same deadline. */
    private record SleepRestart(long deadlineNs, long remainAddr) implements Task.RestartBlock {
        @Override
        public long restart(Task task) {
            return sleep(GuestTask.of(task), deadlineNs, remainAddr);
        }
    }

    private static long sleep(GuestTask task, long deadlineNs, long remainAddr) {
        Blocker.Outcome outcome = task.blocker().await(() -> false, deadlineNs);
        if (outcome == Blocker.Outcome.TIMED_OUT) {
            return 0;
        }
        long leftNs = Math.max(0, deadlineNs - task.services().clock().monotonicNs());
        if (remainAddr != 0) {
            Structs.writeTimespec(task.user(), remainAddr, leftNs);
        }
        task.setRestart(new SleepRestart(deadlineNs, remainAddr));
        return -Restart.ERESTART_RESTARTBLOCK;
    }

    private static long sleepOnCpuClock(GuestTask task, ClockSource source, long untilNs) {
        while (source.nowNs() < untilNs) {
            Blocker.Outcome outcome;
            try {
                outcome =
                        task.blocker().await(() -> false, Deadlines.after(task, CPU_CLOCK_LOOK_NS));
            } catch (WaitSuspended e) {
                task.resumption().setCallDeadline(untilNs);
                throw e;
            }
            if (outcome == Blocker.Outcome.INTERRUPTED) {
                return -Restart.ERESTARTNOHAND;
            }
        }
        return 0;
    }
}
