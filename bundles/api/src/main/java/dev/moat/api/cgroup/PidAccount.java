package dev.moat.api.cgroup;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The pids controller of one group: counts its tasks, and those of the groups below. */
@Stateful
public final class PidAccount {
    /** No limit. */
    public static final long MAX = Long.MAX_VALUE;

    private final @Nullable PidAccount parent;
    private final AtomicLong current = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong ownRefusals = new AtomicLong();
    private volatile long max = MAX;

    PidAccount(@Nullable PidAccount parent) {
        this.parent = parent;
    }

    public long current() {
        return current.get();
    }

    public long peak() {
        return peak.get();
    }

    public long max() {
        return max;
    }

    /** Never refused, not even below {@link #current}: only births are. */
    public void setMax(long newMax) {
        max = newMax;
    }

    /** Births that a limit here or below has refused. */
    public long refusals() {
        return refusals.get();
    }

    /** Births that the limit here has refused. */
    public long ownRefusals() {
        return ownRefusals.get();
    }

    /** One more, if all limits up to the root allow it; else gives the account that does not. */
    @Nullable PidAccount tryCharge() {
        for (PidAccount at = this; at != null; at = at.parent) {
            if (at.current.incrementAndGet() > at.max) {
                refused(at);
                return at;
            }
        }
        for (PidAccount at = this; at != null; at = at.parent) {
            at.peak.accumulateAndGet(at.current.get(), Math::max);
        }
        return null;
    }

    private void refused(PidAccount limiting) {
        for (PidAccount at = this; at != null; at = at.parent) {
            at.current.decrementAndGet();
            if (at == limiting) {
                break;
            }
        }
        limiting.ownRefusals.incrementAndGet();
        for (PidAccount at = limiting; at != null; at = at.parent) {
            at.refusals.incrementAndGet();
        }
    }

    /** Some more, whatever the limits say: migration is never refused. */
    void charge(long tasks) {
        for (PidAccount at = this; at != null; at = at.parent) {
            at.peak.accumulateAndGet(at.current.addAndGet(tasks), Math::max);
        }
    }

    void uncharge() {
        for (PidAccount at = this; at != null; at = at.parent) {
            at.current.decrementAndGet();
        }
    }
}
