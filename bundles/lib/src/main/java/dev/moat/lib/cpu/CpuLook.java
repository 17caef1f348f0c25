package dev.moat.lib.cpu;

import dev.moat.api.host.HostCpus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One look at all pairs, and at most one move.
 *
 * <p>Apart: a pair that waits for its CPU because of others for a good part of the time, unless it
 * talks to one of them all the time. Together: pairs that talk to each other all the time.
 */
final class CpuLook {
    /** A good part of the time. */
    private static final double SHARE = 0.2;

    /** Sleeps that follow each other so quickly are waits for answers. */
    private static final long CHAT_NS = 250_000;

    /** What waking a thread on another CPU costs on virtual machines: an interrupt to it. */
    private static final long CROSSING_NS = 50_000;

    /** At each exit one half of a pair waits for the other for as long as this, at most. */
    private static final long EXIT_NS = 5_000;

    private final HostCpus host;
    private final CpuPlacement placement;
    private final long periodNs;
    private final CpuLoad load;
    private final List<CpuPlacement.Placed> active = new ArrayList<>();
    private final Map<Long, CpuPlacement.Placed> byThread = new HashMap<>();

    /**
     * @param periodNs since the last look
     */
    CpuLook(HostCpus host, CpuPlacement placement, long periodNs) {
        this.host = host;
        this.placement = placement;
        this.periodNs = periodNs;
        this.load = new CpuLoad(placement.allowed().length * Long.SIZE);
    }

    /** Gives how many pairs were active. */
    int balance() {
        long[] times = new long[2];
        for (CpuPlacement.Placed pair : placement.pairs()) {
            if (pair.history.isActive(pair)) {
                pair.history.look(pair, host, times);
                load.add(pair.cpu, pair.history.busyNs + pair.history.waitNs);
                active.add(pair);
                byThread.put(pair.tracer.threadId(), pair);
            }
        }
        if (active.size() > 1 && !moveApart()) {
            moveTogether();
        }
        return active.size();
    }

    private boolean moveApart() {
        CpuPlacement.Placed worst =
                active.stream().max(Comparator.comparingLong(this::waitNs)).orElseThrow();
        long wait = waitNs(worst);
        int target = load.leastLoaded(placement.cpusOf(worst));
        // moving makes sense only if the other CPU had time to spare
        if (wait <= periodNs * SHARE
                || target == worst.cpu
                || load.of(target) + wait / 2 >= load.of(worst.cpu)) {
            return false;
        }
        placement.move(worst, target);
        return true;
    }

    /** For how long others kept a pair from its CPU. */
    private long waitNs(CpuPlacement.Placed pair) {
        CpuPlacement.Placed partner = partner(pair);
        if (partner != null && partner.cpu == pair.cpu && (isChatty(pair) || isChatty(partner))) {
            return 0;
        }
        PairHistory seen = pair.history;
        return seen.waitNs - Math.min(seen.exits * EXIT_NS, seen.busyNs);
    }

    private void moveTogether() {
        for (CpuPlacement.Placed pair : active) {
            CpuPlacement.Placed partner = partner(pair);
            if (partner != null
                    && partner.cpu != pair.cpu
                    && pair.wish.mayUse(partner.cpu)
                    && isChatty(pair)) {
                long busy = pair.history.busyNs - pair.history.sleeps * CROSSING_NS;
                if (load.of(partner.cpu) + busy <= periodNs) {
                    placement.move(pair, partner.cpu);
                    return;
                }
            }
        }
    }

    private boolean isChatty(CpuPlacement.Placed pair) {
        return pair.history.sleeps * CHAT_NS >= periodNs;
    }

    /** Who wakes the pair's task. */
    private CpuPlacement.@Nullable Placed partner(CpuPlacement.Placed pair) {
        CpuPlacement.Placed waker = byThread.get(pair.wakerId);
        return waker == pair ? null : waker;
    }
}
