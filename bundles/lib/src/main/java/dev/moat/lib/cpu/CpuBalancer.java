package dev.moat.lib.cpu;

import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Moves pairs of tracer and stub thread apart when they wait for one CPU while another has less to
 * do. What counts is the time they are <em>runnable but not running</em>: two processes that take
 * turns over a pipe never are, and stay together; two that compute are.
 */
public final class CpuBalancer implements AutoCloseable {
    private static final long BUSY_PERIOD_MS = 10;
    private static final long IDLE_PERIOD_MS = 100;

    /** A pair is in the way of others when it waited for more than this share of the period. */
    private static final double WAIT_SHARE = 0.2;

    private final CpuHost host;
    private final CpuPlacement placement;
    private final CountDownLatch end = new CountDownLatch(1);
    private final long[] schedStat = new long[2];
    private long lastNs = System.nanoTime();

    /** Starts balancing. */
    public CpuBalancer(CpuHost host, CpuPlacement placement, String threadName) {
        this.host = host;
        this.placement = placement;
        Thread.ofPlatform().name(threadName).daemon().start(this::work);
    }

    private void work() {
        long periodMs = IDLE_PERIOD_MS;
        try {
            while (!end.await(periodMs, TimeUnit.MILLISECONDS)) {
                periodMs = balance() > 1 ? BUSY_PERIOD_MS : IDLE_PERIOD_MS;
            }
        } catch (InterruptedException e) {
            // somebody wants this thread gone
        }
    }

    /** One look at all pairs; gives how many were active. */
    private int balance() {
        Collection<CpuPlacement.Placed> pairs = placement.pairs();
        long now = System.nanoTime();
        long period = now - lastNs;
        lastNs = now;
        if (pairs.size() < 2) {
            return 0;
        }
        CpuLoad load = new CpuLoad(placement.allowed());
        CpuPlacement.Placed worst = null;
        long worstWait = (long) (period * WAIT_SHARE);
        int active = 0;
        for (CpuPlacement.Placed pair : pairs) {
            long transitions = pair.transitions;
            boolean inGuest = (transitions & 1) != 0;
            if (transitions == pair.seenTransitions && !inGuest) {
                continue;
            }
            active++;
            pair.seenTransitions = transitions;
            long wait = measure(pair, load);
            if (wait > worstWait) {
                worst = pair;
                worstWait = wait;
            }
        }
        if (worst != null) {
            int target = load.leastLoaded();
            // moving makes sense only if the other CPU had time to spare
            if (target != worst.cpu && load.of(target) + worstWait / 2 < load.of(worst.cpu)) {
                placement.move(worst, target);
            }
        }
        return active;
    }

    /** Adds the pair's demand since the last look to its CPU; gives the time that it waited. */
    private long measure(CpuPlacement.Placed pair, CpuLoad load) {
        long busy = 0;
        long wait = 0;
        if (host.schedulerTimes(pair.tracerTid, schedStat) == 0) {
            busy += schedStat[0];
            wait += schedStat[1];
        }
        int stub = pair.stubTid;
        if (stub != 0 && host.schedulerTimes(stub, schedStat) == 0) {
            busy += schedStat[0];
            wait += schedStat[1];
        }
        long busyDelta = Math.max(0, busy - pair.seenBusyNs);
        long waitDelta = Math.max(0, wait - pair.seenWaitNs);
        boolean first = pair.seenBusyNs == 0;
        pair.seenBusyNs = busy;
        pair.seenWaitNs = wait;
        if (first) {
            return 0;
        }
        load.add(pair.cpu, busyDelta + waitDelta);
        return waitDelta;
    }

    @Override
    public void close() {
        end.countDown();
    }
}
