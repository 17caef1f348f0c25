package dev.moat.loader.vdso;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Follows the host's CLOCK_MONOTONIC by lines over the time stamp counter. Each new line begins
 * where the old one has got to, or later, never earlier: the clock that guests compute cannot run
 * backwards. A line that is ahead of the host is made flatter, so that the two meet when the next
 * one is due. Not thread safe.
 */
final class ClockModel {
    /** Samples that the slope is taken over. */
    private static final int WINDOW = 32;

    /** Under this the errors of two samples (some 30 ns each) would show in the slope. */
    private static final long MIN_SPAN_NS = 10_000_000;

    /**
     * Ahead of the host by more than this the old line is nonsense (a machine restored from a
     * snapshot): start afresh.
     */
    private static final long JUMP_NS = 1_000_000_000L;

    private static final double ONE = 0x1p32;

    private final Deque<Sample> samples = new ArrayDeque<>();
    private @Nullable ClockLine line;

    /** Forgets the line, not the samples: the next one starts at the host's clock. */
    void restart() {
        line = null;
    }

    /** Counter and clock read at the same moment. */
    record Sample(long counter, long clockNs) {}

    /**
     * Takes a sample and gives the line to use from it on.
     *
     * @param untilNextNs when the next sample is due
     * @return null as long as the samples do not give a slope
     */
    @Nullable ClockLine update(Sample now, long untilNextNs) {
        Sample last = samples.peekLast();
        if (last != null && (now.counter() <= last.counter() || now.clockNs() < last.clockNs())) {
            return line;
        }
        samples.addLast(now);
        if (samples.size() > WINDOW) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        long span = now.clockNs() - first.clockNs();
        if (span < MIN_SPAN_NS) {
            return line;
        }
        double slope = (double) span / (now.counter() - first.counter());
        line = next(now, slope, untilNextNs);
        return line;
    }

    private ClockLine next(Sample now, double slope, long untilNextNs) {
        ClockLine old = line;
        long aheadNs = old == null ? 0 : old.at(now.counter()) - now.clockNs();
        if (aheadNs <= 0 || aheadNs > JUMP_NS) {
            return new ClockLine(now.counter(), now.clockNs(), Math.round(slope * ONE));
        }
        double flatter = Math.max(0.5, (double) (untilNextNs - aheadNs) / untilNextNs);
        return new ClockLine(
                now.counter(), now.clockNs() + aheadNs, Math.round(slope * flatter * ONE));
    }
}
