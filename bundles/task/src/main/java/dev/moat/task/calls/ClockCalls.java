package dev.moat.task.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Timeval;
import dev.moat.abi.Timezone;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.ClockSource;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;

/**
 * {@code clock_gettime(2)}, {@code gettimeofday(2)}, {@code time(2)} and the calls that set clocks.
 */
final class ClockCalls {
    private static final String NO_SETTING = "The clock is the host's: EPERM.";

    /** {@code struct timex}: size, offsets and values; linux/timex.h. */
    private static final int TIMEX_BYTES = 208;

    private static final int STATUS_OFFSET = 40;
    private static final int TIME_OFFSET = 72;
    private static final int TICK_OFFSET = 88;
    private static final int STATUS_UNSYNCHRONISED = 0x40;
    private static final long TICK_MICROSECONDS = 10_000;

    /** TIME_ERROR: the clock is not synchronised, as far as this kernel knows. */
    private static final int STATE_ERROR = 5;

    @Syscall(nr = 228, name = "clock_gettime")
    long clockGettime(Task task, int clockId, long timeAddr) {
        ClockSource source = ClockSource.of(GuestTask.of(task), clockId);
        long nowNs = source.nowNs() + source.offsetNs(task.namespaces().time());
        Structs.writeTimespec(task.user(), timeAddr, nowNs);
        return 0;
    }

    @Syscall(nr = 229, name = "clock_getres")
    long clockGetres(Task task, int clockId, long timeAddr) {
        // A clock that does not exist is refused before the address is looked at.
        ClockSource.of(GuestTask.of(task), clockId);
        if (timeAddr != 0) {
            Structs.writeTimespec(task.user(), timeAddr, ClockSource.resolutionNs(clockId));
        }
        return 0;
    }

    @Syscall(nr = 227, name = "clock_settime", support = Support.REFUSED, note = NO_SETTING)
    long clockSettime(Task task, int clockId, long timeAddr) {
        if (clockId != Clocks.CLOCK_REALTIME) {
            throw Errno.EINVAL.exception();
        }
        // A bad time is refused before a good one is.
        Structs.timespec(task.user(), timeAddr);
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 96, name = "gettimeofday")
    long gettimeofday(Task task, long timeAddr, long zoneAddr) {
        if (timeAddr != 0) {
            long nowNs = GuestTask.of(task).services().clock().realtimeNs();
            Structs.writeTimeval(task.user(), timeAddr, nowNs);
        }
        if (zoneAddr != 0) {
            MemorySegment struct = Structs.allocate(Timezone.SIZE);
            new Timezone(0, 0).writeTo(struct, 0);
            Structs.copyOut(task.user(), zoneAddr, struct);
        }
        return 0;
    }

    @Syscall(nr = 164, name = "settimeofday", support = Support.REFUSED, note = NO_SETTING)
    long settimeofday(Task task, long timeAddr, long zoneAddr) {
        if (timeAddr != 0) {
            Timeval time = Timeval.readFrom(Structs.copyIn(task.user(), timeAddr, Timeval.SIZE), 0);
            if (!time.isValid()) {
                throw Errno.EINVAL.exception();
            }
        }
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 201, name = "time")
    long time(Task task, long timeAddr) {
        long seconds = GuestTask.of(task).services().clock().realtimeNs() / Clocks.NSEC_PER_SEC;
        if (timeAddr != 0) {
            task.user().writeLong(timeAddr, seconds);
        }
        return seconds;
    }

    @Syscall(
            nr = 159,
            name = "adjtimex",
            support = Support.PARTIAL,
            note = "Reading only; adjusting gives EPERM.")
    long adjtimex(Task task, long timexAddr) {
        return readTimex(task, timexAddr);
    }

    @Syscall(
            nr = 305,
            name = "clock_adjtime",
            support = Support.PARTIAL,
            note = "Reading CLOCK_REALTIME only; adjusting gives EPERM.")
    long clockAdjtime(Task task, int clockId, long timexAddr) {
        if (clockId != Clocks.CLOCK_REALTIME) {
            throw Errno.EOPNOTSUPP.exception();
        }
        return readTimex(task, timexAddr);
    }

    private static long readTimex(Task task, long timexAddr) {
        int modes = task.user().readInt(timexAddr);
        if (modes != 0) {
            throw Errno.EPERM.exception();
        }
        MemorySegment struct = Structs.allocate(TIMEX_BYTES);
        long nowNs = GuestTask.of(task).services().clock().realtimeNs();
        struct.set(JAVA_INT_UNALIGNED, STATUS_OFFSET, STATUS_UNSYNCHRONISED);
        Timeval.ofNanos(nowNs).writeTo(struct, TIME_OFFSET);
        struct.set(JAVA_LONG_UNALIGNED, TICK_OFFSET, TICK_MICROSECONDS);
        Structs.copyOut(task.user(), timexAddr, struct);
        return STATE_ERROR;
    }
}
