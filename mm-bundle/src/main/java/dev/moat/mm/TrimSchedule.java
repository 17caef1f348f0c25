package dev.moat.mm;

import dev.moat.api.mm.KernelHeap;

/** What the memory of a sandbox shares with that of others. */
interface TrimSchedule {
    /** Has {@link ChunkedMemoryFile#trimIdle} called once, when today's demand is history. */
    void lookLater(ChunkedMemoryFile file);

    /** The part of the kernel host's heap that guests may fill. */
    KernelHeap heap();

    /**
     * Memory of the machine: bounds what a sandbox without a limit keeps for huge pages. Free:
     * asked for with locks held.
     */
    default long machineBytes() {
        return Long.MAX_VALUE;
    }

    /** Time in nanoseconds that only goes forward. */
    long nowNs();
}
