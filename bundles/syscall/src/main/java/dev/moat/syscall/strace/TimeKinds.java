package dev.moat.syscall.strace;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.Itimerspec;
import dev.moat.abi.Itimerval;
import dev.moat.abi.Restart;
import dev.moat.abi.Timespec;
import dev.moat.abi.Timeval;
import dev.moat.abi.Timezone;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Structs of time. */
final class TimeKinds {
    private TimeKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        struct(kinds, "timespec", Timespec.SIZE, TimeKinds::timespec);
        struct(kinds, "timeval", Timeval.SIZE, TimeKinds::timeval);
        struct(kinds, "itimerspec", Itimerspec.SIZE, TimeKinds::itimerspec);
        struct(kinds, "itimerval", Itimerval.SIZE, TimeKinds::itimerval);
        struct(kinds, "timezone", Timezone.SIZE, TimeKinds::timezone);
        kinds.put("remaining", new Remaining());
        kinds.put(
                "timespecs",
                (out, call, i) ->
                        Arrays.array(
                                out, call, call.argument(i), 2, Timespec.SIZE, TimeKinds::utime));
        kinds.put(
                "timevals",
                (out, call, i) ->
                        Arrays.array(
                                out, call, call.argument(i), 2, Timeval.SIZE, TimeKinds::timeval));
    }

    private static void struct(
            Map<String, ArgumentKind> kinds, String name, long size, Arrays.Element element) {
        kinds.put(
                name, (out, call, i) -> Arrays.struct(out, call, call.argument(i), size, element));
    }

    /** What is left of a sleep: filled only when a signal has ended it. */
    private static final class Remaining implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            if (!interrupted(call.result())) {
                Text.pointer(out, call.argument(index));
            } else {
                Arrays.struct(out, call, call.argument(index), Timespec.SIZE, TimeKinds::timespec);
            }
        }

        @Override
        public boolean isOutput() {
            return true;
        }

        private static boolean interrupted(long result) {
            return Restart.isRestart(result) || result == Errno.EINTR.negated();
        }
    }

    static void timeval(StringBuilder out, MemorySegment memory, long at) {
        Timeval time = Timeval.readFrom(memory, at);
        timeval(out, time);
    }

    static void timeval(StringBuilder out, Timeval time) {
        out.append("{tv_sec=").append(time.seconds());
        out.append(", tv_usec=").append(time.microseconds()).append('}');
    }

    static void timespec(StringBuilder out, MemorySegment memory, long at) {
        timespec(out, Timespec.readFrom(memory, at));
    }

    private static void timespec(StringBuilder out, Timespec time) {
        out.append("{tv_sec=").append(time.seconds());
        out.append(", tv_nsec=").append(time.nanoseconds()).append('}');
    }

    private static void utime(StringBuilder out, MemorySegment memory, long at) {
        Timespec time = Timespec.readFrom(memory, at);
        if (time.nanoseconds() == At.UTIME_NOW) {
            out.append("UTIME_NOW");
        } else if (time.nanoseconds() == At.UTIME_OMIT) {
            out.append("UTIME_OMIT");
        } else {
            timespec(out, time);
        }
    }

    private static void itimerspec(StringBuilder out, MemorySegment memory, long at) {
        Itimerspec timer = Itimerspec.readFrom(memory, at);
        out.append("{it_interval=");
        timespec(out, timer.interval());
        out.append(", it_value=");
        timespec(out, timer.value());
        out.append('}');
    }

    private static void itimerval(StringBuilder out, MemorySegment memory, long at) {
        Itimerval timer = Itimerval.readFrom(memory, at);
        out.append("{it_interval=");
        timeval(out, timer.interval());
        out.append(", it_value=");
        timeval(out, timer.value());
        out.append('}');
    }

    private static void timezone(StringBuilder out, MemorySegment memory, long at) {
        Timezone zone = Timezone.readFrom(memory, at);
        out.append("{tz_minuteswest=").append(zone.minutesWest());
        out.append(", tz_dsttime=").append(zone.dstTime()).append('}');
    }
}
