package dev.moat.platform.trap;

/** What others want of the CPUs. */
interface CpuDemand {
    /** Whether the caller could use {@code more} CPUs besides its own that nobody wants. */
    boolean hasFree(int more);

    /** Whether somebody waits for a CPU. */
    boolean isCrowded();
}
