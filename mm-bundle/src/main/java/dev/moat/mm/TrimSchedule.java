package dev.moat.mm;

/** Where a memory file asks for a look at what it keeps. */
interface TrimSchedule {
    /** Has {@link ChunkedMemoryFile#trimIdle} called once, when today's demand is history. */
    void lookLater(ChunkedMemoryFile file);

    /** Time in nanoseconds that only goes forward. */
    long nowNs();
}
