package dev.moat.loader.vdso;

/**
 * CLOCK_MONOTONIC as a straight line over the time stamp counter.
 *
 * @param counterBase counter at the start of the line
 * @param baseNs clock at the start of the line
 * @param multiplier nanoseconds per count, 32 binary places
 */
record ClockLine(long counterBase, long baseNs, long multiplier) {
    /** What the vDSO computes: a counter before the base counts as the base. */
    long at(long counter) {
        long delta = Math.max(0, counter - counterBase);
        long high = Math.unsignedMultiplyHigh(delta, multiplier);
        long low = delta * multiplier;
        return baseNs + (high << 32 | low >>> 32);
    }
}
