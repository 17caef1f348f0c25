package dev.moat.mm;

import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.KernelHeap;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Pages' worth of the kernel host's heap that a sandbox holds. They count against its limit like
 * its own pages, but leave a part of it alone: a guest that fills the kernel's memory shall be told
 * so by errors, not by the OOM killer as soon as it touches a page. Page cache may be in the way;
 * then more is given, and the calling thread makes room before it goes on. Thread safe without
 * locks.
 */
@Stateful
final class HeapPages implements HeapAccount.Pages {
    /** The part of the limit that is for guests' own pages only. */
    private static final int RESERVE_SHIFT = 4;

    /** What is freed beyond what is needed, so that not every call has to. */
    private static final long BATCH_PAGES = 64;

    private final MemoryLimit limit;
    private final AtomicLong held = new AtomicLong();

    /** Nothing is left that could be dropped: what is beyond the reserve is in use. */
    private volatile boolean exhausted;

    /** Set while the sandbox' memory is made, and at a restore, before guest code runs. */
    @Derived("the kernel host's, told to the memory of each sandbox")
    private volatile @Nullable KernelHeap host;

    HeapPages(MemoryLimit limit) {
        this.limit = limit;
    }

    /** From here on what is held counts in {@code heap}. */
    void join(KernelHeap heap) {
        leave();
        heap.takeAnyway(bytes(held.get()));
        host = heap;
    }

    /** What is held does not count in the kernel host any more. */
    void leave() {
        KernelHeap heap = host;
        host = null;
        if (heap != null) {
            heap.give(bytes(held.get()));
        }
    }

    /** Pages' worth that is held now. */
    long held() {
        return held.get();
    }

    private static long bytes(long pages) {
        return pages << Pages.SHIFT;
    }

    @Override
    public boolean takeHeap(long count) {
        long now = held.addAndGet(count);
        KernelHeap heap = host;
        if (heap == null || heap.take(bytes(count), bytes(now))) {
            if (limit.tryTake(count, mostPages(now))) {
                if (!exhausted && limit.usedPages() > lowPages()) {
                    PayingThread.noteShort();
                }
                return true;
            }
            if (heap != null) {
                heap.give(bytes(count));
            }
        }
        held.addAndGet(-count);
        return false;
    }

    @Override
    public void adjustHeap(long count) {
        held.addAndGet(count);
        KernelHeap heap = host;
        if (heap != null) {
            heap.takeAnyway(bytes(count));
        }
        if (count > 0) {
            limit.chargeAnyway(count);
        } else {
            limit.uncharge(-count);
        }
    }

    @Override
    public boolean hasHeapRoom() {
        long now = held.get();
        KernelHeap heap = host;
        return limit.usedPages() < mostPages(now) && (heap == null || heap.hasRoom(bytes(now)));
    }

    /** Up to where all pages together may go if {@code heldNow} of them are heap. */
    private long mostPages(long heldNow) {
        long all = limit.limitPages();
        if (!exhausted) {
            // Page cache fills the limit as a rule; it goes before the calling thread goes on.
            return all == Long.MAX_VALUE ? all : all + (reservePages() >>> 2);
        }
        return heldNow <= reservePages() ? all : lowPages();
    }

    private long reservePages() {
        return limit.limitPages() >>> RESERVE_SHIFT;
    }

    private long lowPages() {
        return limit.limitPages() - reservePages();
    }

    /** How many pages should be freed for the sake of the heap. */
    long wantedPages() {
        long above = limit.usedPages() - lowPages();
        return above <= 0 ? 0 : above + BATCH_PAGES;
    }

    /** Pages of any kind were given back. */
    void freed() {
        if (exhausted && limit.usedPages() <= lowPages()) {
            exhausted = false;
        }
    }

    /** What could be freed has been. */
    void reclaimed() {
        exhausted = limit.usedPages() > lowPages();
    }
}
