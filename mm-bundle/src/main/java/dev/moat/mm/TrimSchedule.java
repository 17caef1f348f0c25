package dev.moat.mm;

import dev.moat.api.mm.KernelHeap;

/** What the memory of a sandbox shares with that of others. */
interface TrimSchedule {
    /** Has {@link ChunkedMemoryFile#trimIdle} called once, when today's demand is history. */
    void lookLater(ChunkedMemoryFile file);

    /** The part of the kernel host's heap that guests may fill. */
    KernelHeap heap();

    /** Time in nanoseconds that only goes forward. */
    long nowNs();
}
