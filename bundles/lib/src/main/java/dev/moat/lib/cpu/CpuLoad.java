package dev.moat.lib.cpu;

/** What is asked of each CPU within one period, in nanoseconds. */
final class CpuLoad {
    private final long[] loadNs;

    /**
     * @param cpus how many there may be
     */
    CpuLoad(int cpus) {
        loadNs = new long[cpus];
    }

    void add(int cpu, long demandNs) {
        loadNs[cpu] += demandNs;
    }

    long of(int cpu) {
        return loadNs[cpu];
    }

    /**
     * The CPU of which least is asked.
     *
     * @param allowed among these, a bit set
     */
    int leastLoaded(long[] allowed) {
        int best = -1;
        for (int word = 0; word < allowed.length; word++) {
            for (long bits = allowed[word]; bits != 0; bits &= bits - 1) {
                int cpu = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                if (best < 0 || loadNs[cpu] < loadNs[best]) {
                    best = cpu;
                }
            }
        }
        return Math.max(0, best);
    }
}
