package dev.moat.fs.host;

import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Native buffers between host calls and guest memory, used again. Thread safe. */
@Stateful
final class BounceBuffers implements Reopenable {
    static final int BYTES = 128 << 10;

    @HostBound("an empty one")
    private ConcurrentLinkedQueue<MemorySegment> free = new ConcurrentLinkedQueue<>();

    @Override
    public void reopen(Restoration restoration) {
        free = new ConcurrentLinkedQueue<>();
    }

    /** A buffer of {@link #BYTES}; give it back with {@link #release}. */
    MemorySegment acquire() {
        @Nullable MemorySegment buffer = free.poll();
        return buffer != null ? buffer : Arena.ofAuto().allocate(BYTES, 16);
    }

    void release(MemorySegment buffer) {
        free.add(buffer);
    }
}
