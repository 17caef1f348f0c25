package dev.moat.lib.cpu;

import dev.moat.api.host.HostCpus;

/** What the balancer saw of one pair: totals up to its last look, and what came between two. */
final class PairHistory {
    private long seenTransitions;
    private long seenSleeps;
    private long seenBusyNs;
    private long seenWaitNs;

    /** Time that the pair ran since the look before. */
    long busyNs;

    /** Time that it was runnable without running. */
    long waitNs;

    /** How often its task slept. */
    long sleeps;

    /** How often it left the guest. */
    long exits;

    /** Whether anything happened since the last look. */
    boolean isActive(CpuPlacement.Placed pair) {
        return pair.transitions != seenTransitions
                || pair.sleeps != seenSleeps
                || (pair.transitions & 1) != 0;
    }

    /** Takes note of an active pair. */
    void look(CpuPlacement.Placed pair, HostCpus host, long[] times) {
        long transitions = pair.transitions;
        exits = (transitions - seenTransitions) / 2;
        seenTransitions = transitions;
        long slept = pair.sleeps;
        sleeps = slept - seenSleeps;
        seenSleeps = slept;
        long busy = 0;
        long wait = 0;
        if (host.schedulerTimes(pair.tracerTid, times) == 0) {
            busy += times[0];
            wait += times[1];
        }
        int stub = pair.stubTid;
        if (stub != 0 && host.schedulerTimes(stub, times) == 0) {
            busy += times[0];
            wait += times[1];
        }
        boolean first = seenBusyNs == 0;
        // threads come and go: less than before is a new one's
        busyNs = first ? 0 : Math.max(0, busy - seenBusyNs);
        waitNs = first ? 0 : Math.max(0, wait - seenWaitNs);
        seenBusyNs = busy;
        seenWaitNs = wait;
    }
}
