package dev.moat.lib.stub;

import dev.moat.api.host.HostProcesses;
import java.lang.foreign.MemorySegment;

/** A stub process that was killed and has not been collected yet. Own thread of its parent only. */
public interface KilledStub {
    /**
     * Collects what has ended, and gives back what it had; whether that is all. Never blocks.
     *
     * @param status room for wait4(2)
     */
    boolean collect(HostProcesses host, MemorySegment status);

    /** Stops minding whoever else may be waiting for its threads. */
    void releaseAll();
}
