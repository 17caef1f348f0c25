package dev.moat.api.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HeapAccountTest {
    private final Places places = new Places();
    private final HeapAccount account = new HeapAccount(places);

    /** Ten pages. */
    private static final class Places implements HeapAccount.Pages {
        private long taken;

        @Override
        public boolean takeHeap(long count) {
            if (taken + count > 10) {
                return false;
            }
            taken += count;
            return true;
        }

        @Override
        public void adjustHeap(long count) {
            taken += count;
        }

        @Override
        public boolean hasHeapRoom() {
            return taken < 10;
        }
    }

    @Test
    void bytes_takeAPageWhenTheyCrossItsBorder() {
        assertTrue(account.tryCharge(HeapUse.PIPES, null, 4000));
        assertEquals(1, places.taken);
        assertTrue(account.tryCharge(HeapUse.KEYS, null, 96));
        assertEquals(1, places.taken);
        assertTrue(account.tryCharge(HeapUse.KEYS, null, 1));
        assertEquals(2, places.taken);
        assertEquals(97, account.bytes(HeapUse.KEYS));
        assertEquals(4097, account.bytes());
        account.uncharge(HeapUse.PIPES, null, 4000);
        account.uncharge(HeapUse.KEYS, null, 97);
        assertEquals(0, places.taken);
        assertEquals(0, account.bytes());
    }

    @Test
    void chargeBeyondTheLimit_changesNothing() {
        assertTrue(account.tryCharge(HeapUse.PIPES, null, 40_000));
        assertFalse(account.tryCharge(HeapUse.PIPES, null, 1_000));
        assertEquals(10, places.taken);
        assertEquals(40_000, account.bytes());
        assertTrue(account.tryCharge(HeapUse.PIPES, null, 960));
    }

    @Test
    void forcedCharge_goesBeyondTheLimit_andComesBack() {
        account.charge(HeapUse.INODES, null, 50_000);
        assertEquals(13, places.taken);
        assertFalse(account.tryCharge(HeapUse.PIPES, null, 4096));
        account.uncharge(HeapUse.INODES, null, 50_000);
        assertEquals(0, places.taken);
    }

    @Test
    void chargeOfOneObject_isGivenBackAsAWhole() {
        HeapCharge charge = HeapCharge.of(account, HeapUse.SOCKETS);
        assertTrue(charge.tryGrow(20_000));
        charge.trim(10_000);
        assertEquals(10_000, account.bytes(HeapUse.SOCKETS));
        charge.grow(-1_000);
        assertEquals(9_000, charge.bytes());
        charge.clear();
        charge.clear();
        assertEquals(0, account.bytes());
        assertEquals(0, places.taken);
    }

    @Test
    void account_showsWhatItIsFor() {
        account.charge(HeapUse.PIPES, null, 10 << 10);
        account.charge(HeapUse.KEYS, null, 5 << 10);
        assertEquals("15 KiB, pipes 10, keys 5", account.toString());
    }

    @Test
    void sandboxes_leaveToOthersAsMuchAsTheyHold() {
        KernelHeap heap = new KernelHeap(2_000);
        assertTrue(heap.take(500, 500));
        assertFalse(heap.take(1, 501), "half of it is the most for one");
        assertTrue(heap.take(250, 250));
        assertFalse(heap.take(1, 251));
        assertTrue(heap.take(125, 125), "there is something left for a third");
        assertTrue(heap.hasRoom(124));
        assertFalse(heap.hasRoom(250));
        heap.give(500);
        assertEquals(375, heap.heldBytes());
        assertTrue(heap.take(60, 310));
    }
}
