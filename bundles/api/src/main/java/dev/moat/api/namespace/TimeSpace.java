package dev.moat.api.namespace;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;

/**
 * How far the clocks of a time namespace are ahead of the sandbox' own: time_namespaces(7). The
 * offsets can be set until the first process lives in it. Everywhere in the kernel times go by the
 * sandbox' clocks; what is told to guests, or comes from them, passes this. Thread safe. Source:
 * kernel/time/namespace.c.
 */
@Stateful
public final class TimeSpace {
    private static final String PART = "time.space";

    private final boolean first;
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Written under lock until it is settled, read by anybody. */
    private volatile long monotonicNs;

    /** As {@link #monotonicNs}. */
    private volatile long boottimeNs;

    /** As {@link #monotonicNs}. */
    private volatile boolean settled;

    private TimeSpace(boolean first, long monotonicNs, long boottimeNs) {
        this.first = first;
        this.monotonicNs = monotonicNs;
        this.boottimeNs = boottimeNs;
        this.settled = first;
    }

    /** That of a namespace of kind TIME. */
    public static TimeSpace of(Namespace namespace) {
        return (TimeSpace) namespace.part(PART, () -> new TimeSpace(true, 0, 0));
    }

    /** Makes {@code fresh} a namespace that begins with the offsets of {@code parent}. */
    public static void begin(Namespace fresh, TimeSpace parent) {
        fresh.part(PART, () -> new TimeSpace(false, parent.monotonicNs, parent.boottimeNs));
    }

    /** Whether it is the sandbox' own, whose offsets are 0 for ever. */
    public boolean isFirst() {
        return first;
    }

    /** What CLOCK_MONOTONIC, its raw and its coarse one show more than the sandbox'. */
    public long monotonicNs() {
        return monotonicNs;
    }

    /** What CLOCK_BOOTTIME shows more than the sandbox'. */
    public long boottimeNs() {
        return boottimeNs;
    }

    /** A process lives in it: the offsets stay as they are. */
    public void settle() {
        if (!settled) {
            lock.lock();
            settled = true;
            lock.unlock();
        }
    }

    /** Sets both offsets; false if they cannot change any more. */
    public boolean set(long newMonotonicNs, long newBoottimeNs) {
        lock.lock();
        try {
            if (settled) {
                return false;
            }
            monotonicNs = newMonotonicNs;
            boottimeNs = newBoottimeNs;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * An absolute time of a clock here on the sandbox' clock: timens_ktime_to_host.
     *
     * @param offsetNs of the clock, from this
     * @return at least 0, which has passed
     */
    public static long toSandbox(long ns, long offsetNs) {
        if (ns < offsetNs) {
            return 0;
        }
        long inside = ns - offsetNs;
        return inside < 0 ? Long.MAX_VALUE : inside;
    }
}
