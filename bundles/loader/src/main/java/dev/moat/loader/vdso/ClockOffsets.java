package dev.moat.loader.vdso;

import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.time.Clock;

/**
 * What clocks of guests show more than those of the host.
 *
 * @param monotonicNs CLOCK_MONOTONIC
 * @param boottimeNs CLOCK_BOOTTIME
 */
record ClockOffsets(long monotonicNs, long boottimeNs) {
    /** Those of a sandbox. */
    static ClockOffsets of(Clock clock) {
        return new ClockOffsets(clock.monotonicOffsetNs(), clock.boottimeOffsetNs());
    }

    /** Those of a time namespace of it. */
    ClockOffsets in(TimeSpace space) {
        return new ClockOffsets(monotonicNs + space.monotonicNs(), boottimeNs + space.boottimeNs());
    }
}
