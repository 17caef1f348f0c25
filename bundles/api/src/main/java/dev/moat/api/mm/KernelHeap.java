package dev.moat.api.mm;

import dev.moat.api.swap.Stateless;
import java.util.concurrent.atomic.AtomicLong;

/**
 * OSGi service of the launcher: the part of the kernel host's heap that guests of all sandboxes may
 * fill, half of the most it can grow to. A sandbox may hold as much of it as it leaves to others,
 * so one alone never has more than half of the part, and there is always something left for who
 * comes next. Thread safe without locks.
 */
@Stateless("belongs to the kernel host; what a sandbox has of it is taken anew after a restore")
public final class KernelHeap {
    private final long budgetBytes;
    private final AtomicLong heldBytes = new AtomicLong();

    /**
     * @param maxHeapBytes the most that the heap of the kernel host can grow to
     */
    public KernelHeap(long maxHeapBytes) {
        this.budgetBytes = maxHeapBytes / 2;
    }

    /** What all sandboxes hold now. */
    public long heldBytes() {
        return heldBytes.get();
    }

    /** What all sandboxes may hold. */
    public long budgetBytes() {
        return budgetBytes;
    }

    /**
     * Takes bytes for a sandbox.
     *
     * @param ownBytes what the sandbox holds with them
     * @return false: it would hold more than it leaves to others; nothing was taken
     */
    public boolean take(long bytes, long ownBytes) {
        long held = heldBytes.addAndGet(bytes);
        if (ownBytes > budgetBytes - held) {
            heldBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Counts bytes that are there already, whatever is left. */
    public void takeAnyway(long bytes) {
        heldBytes.addAndGet(bytes);
    }

    /** Whether a sandbox that holds {@code ownBytes} might hold more. */
    public boolean hasRoom(long ownBytes) {
        return ownBytes < budgetBytes - heldBytes.get();
    }

    /** Gives bytes back. */
    public void give(long bytes) {
        heldBytes.addAndGet(-bytes);
    }
}
