package dev.moat.mm;

import java.util.Arrays;

/**
 * Where parents and children wrote first after former forks: what lies there the next fork copies
 * ahead, because a copy costs far less than the faults that would make it. Shared by a space and
 * those forked from it. Hints only: what two threads note at once may be lost.
 */
final class ForkWindows {
    private static final int MOST = 16;

    /** Copies after a fork that are noted: later ones are work, not the habit of forking. */
    private static final int NOTES_PER_FORK = 16;

    /** So often everything is learnt again. */
    private static final int FORKS = 64;

    /** Start and end of each; replaced as a whole. */
    private volatile long[] bounds = {};

    private volatile int notes;
    private volatile int forks;

    /** A fork begins: the windows that are known. The array belongs to this object. */
    long[] begin() {
        long[] known = bounds;
        int count = forks + 1;
        forks = count;
        if (count % FORKS == 0) {
            bounds = new long[0];
        }
        notes = NOTES_PER_FORK;
        return known;
    }

    /** A write has had a range of shared pages copied. */
    void note(long start, long end) {
        int left = notes;
        if (left <= 0) {
            return;
        }
        notes = left - 1;
        long[] known = bounds;
        for (int i = 0; i < known.length; i += 2) {
            if (known[i] <= start && end <= known[i + 1]) {
                return;
            }
            if (known[i] <= end && start <= known[i + 1]) {
                long[] joined = known.clone();
                joined[i] = Math.min(known[i], start);
                joined[i + 1] = Math.max(known[i + 1], end);
                bounds = joined;
                return;
            }
        }
        if (known.length < 2 * MOST) {
            long[] more = Arrays.copyOf(known, known.length + 2);
            more[known.length] = start;
            more[known.length + 1] = end;
            bounds = more;
        }
    }
}
