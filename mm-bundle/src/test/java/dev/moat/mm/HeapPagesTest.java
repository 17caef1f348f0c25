package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.mm.KernelHeap;
import org.junit.jupiter.api.Test;

/** A sandbox of 1600 pages, a sixteenth of which is for guests' own pages only. */
final class HeapPagesTest {
    private final MemoryLimit limit = new MemoryLimit(1600 << 12);
    private final HeapPages heap = limit.heapPages();
    private final KernelHeap host = new KernelHeap(1L << 40);

    @Test
    void heapThatFillsTheLimit_leavesTheReserveToGuests() {
        heap.join(host);
        assertTrue(heap.takeHeap(1500));
        assertTrue(heap.takeHeap(1), "something may be dropped yet");
        limit.makeHeapRoom();
        assertFalse(heap.takeHeap(1));
        assertFalse(heap.hasHeapRoom());
        assertTrue(limit.tryCharge(99));
        assertFalse(limit.tryCharge(1));
        heap.adjustHeap(-1500);
        assertTrue(heap.takeHeap(1000));
    }

    @Test
    void littleHeap_mayHaveTheReserve() {
        heap.join(host);
        assertTrue(limit.tryCharge(1550));
        limit.makeHeapRoom();
        assertTrue(heap.takeHeap(50));
        assertFalse(heap.takeHeap(1));
    }

    @Test
    void cacheInTheWay_isDroppedForTheHeap() {
        heap.join(host);
        limit.setReclaimer(pages -> limit.uncharge(pages));
        assertTrue(limit.tryCharge(1600));
        assertTrue(heap.takeHeap(20), "before anything was dropped");
        limit.makeHeapRoom();
        assertTrue(limit.usedPages() < 1500);
        assertTrue(heap.takeHeap(20));
    }

    @Test
    void heap_countsInTheKernelHost_untilItLeaves() {
        heap.join(host);
        assertTrue(heap.takeHeap(10));
        assertEquals(10 << 12, host.heldBytes());
        heap.leave();
        assertEquals(0, host.heldBytes());
        heap.join(host);
        assertEquals(10 << 12, host.heldBytes());
        heap.adjustHeap(-10);
        assertEquals(0, host.heldBytes());
    }

    @Test
    void fullKernelHost_refuses_andLimitIsAsBefore() {
        heap.join(new KernelHeap(40 << 12));
        assertTrue(heap.takeHeap(10));
        assertFalse(heap.takeHeap(1));
        assertEquals(10, limit.usedPages());
        assertFalse(heap.hasHeapRoom());
    }
}
