package dev.moat.task.calls;

import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.task.Blocker;
import dev.moat.api.time.Clock;
import dev.moat.task.process.GuestTask;

/** Turns times that guests give into deadlines on the monotonic clock. */
final class Deadlines {
    private Deadlines() {}

    /** {@code delayNs} from when the call was made. */
    static long after(GuestTask task, long delayNs) {
        return task.resumption().isResumed()
                ? task.resumption().deadlineAfter(task, delayNs)
                : plus(task.services().clock().monotonicNs(), delayNs);
    }

    /** When CLOCK_REALTIME will be {@code untilNs}; the clock cannot be set by guests. */
    static long ofRealtime(GuestTask task, long untilNs) {
        Clock clock = task.services().clock();
        // In this order: what passes in between makes the deadline later, never too early.
        long leftNs = untilNs - clock.realtimeNs();
        return plus(clock.monotonicNs(), leftNs);
    }

    /** What a timespec in guest memory means as an absolute time; never, if there is none. */
    static long absolute(GuestTask task, long timeoutAddr, boolean realtime) {
        if (timeoutAddr == 0) {
            return Blocker.FOREVER;
        }
        long untilNs = Structs.timespec(task.user(), timeoutAddr).toNanos();
        return realtime
                ? ofRealtime(task, untilNs)
                : TimeSpace.toSandbox(untilNs, task.namespaces().time().monotonicNs());
    }

    /** The sum; {@link Blocker#FOREVER} for what is beyond the clock's range. */
    static long plus(long nowNs, long delayNs) {
        return delayNs > 0 && nowNs > Long.MAX_VALUE - delayNs ? Blocker.FOREVER : nowNs + delayNs;
    }
}
