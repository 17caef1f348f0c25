package dev.moat.loader.vdso;

import dev.moat.abi.Clocks;
import dev.moat.api.host.HostSystem;

/** Reads the host's clocks together with the time stamp counter. Not thread safe. */
final class ClockReader {
    private static final int ATTEMPTS = 5;

    /**
     * Offsets between clocks are constant but for steps: smaller differences are errors of reading.
     */
    private static final long STEP_NS = 2_000;

    private final HostSystem host;
    private long realtimeOffsetNs;
    private long boottimeOffsetNs;

    ClockReader(HostSystem host) {
        this.host = host;
    }

    /** Counter and CLOCK_MONOTONIC, from the attempt that was disturbed least. */
    ClockModel.Sample sample() {
        ClockModel.Sample best = new ClockModel.Sample(0, 0);
        long bestWindow = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS; i++) {
            long before = host.timestampCounter();
            long clock = host.clockNs(Clocks.CLOCK_MONOTONIC);
            long after = host.timestampCounter();
            if (after - before < bestWindow) {
                bestWindow = after - before;
                best = new ClockModel.Sample(before + bestWindow / 2, clock);
            }
        }
        return best;
    }

    /** What to add to CLOCK_MONOTONIC for CLOCK_REALTIME. */
    long realtimeOffsetNs() {
        realtimeOffsetNs = keep(realtimeOffsetNs, offset(Clocks.CLOCK_REALTIME));
        return realtimeOffsetNs;
    }

    /** What to add to CLOCK_MONOTONIC for CLOCK_BOOTTIME: the time the host was suspended. */
    long boottimeOffsetNs() {
        boottimeOffsetNs = keep(boottimeOffsetNs, offset(Clocks.CLOCK_BOOTTIME));
        return boottimeOffsetNs;
    }

    private static long keep(long old, long measured) {
        return Math.abs(measured - old) < STEP_NS ? old : measured;
    }

    private long offset(int clock) {
        long best = 0;
        long bestWindow = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS; i++) {
            long before = host.clockNs(Clocks.CLOCK_MONOTONIC);
            long other = host.clockNs(clock);
            long after = host.clockNs(Clocks.CLOCK_MONOTONIC);
            if (after - before < bestWindow) {
                bestWindow = after - before;
                best = other - before - bestWindow / 2;
            }
        }
        return best;
    }
}
