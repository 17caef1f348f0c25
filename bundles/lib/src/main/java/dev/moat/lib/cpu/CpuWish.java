package dev.moat.lib.cpu;

import org.jspecify.annotations.Nullable;

/**
 * How a guest thread asked to be scheduled.
 *
 * @param nice by how much less of the CPU it wants than others, 0 to 19
 * @param cpus the only CPUs that it may run on, as a bit set; null: all
 */
record CpuWish(int nice, long @Nullable [] cpus) {
    static final CpuWish NONE = new CpuWish(0, null);

    boolean mayUse(int cpu) {
        return cpus == null || (cpus[cpu / Long.SIZE] >>> cpu & 1) != 0;
    }
}
