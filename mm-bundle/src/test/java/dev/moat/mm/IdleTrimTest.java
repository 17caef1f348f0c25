package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens to memory that a guest frees. */
class IdleTrimTest {
    private static final long PAGE = 4096;
    private static final long BYTES = 4096 * PAGE;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", Long.MAX_VALUE);
    private final Guest guest = Guest.start(sandbox);

    @AfterEach
    void close() {
        sandbox.close();
        host.close();
    }

    private void useAndFree() {
        long at = guest.mmap(0, BYTES, 3, Guest.PRIVATE);
        for (long i = 0; i < BYTES; i += PAGE) {
            assertEquals(0, guest.load(at + i));
            guest.store(at + i, i + 1);
        }
        guest.memory.unmap(at, BYTES);
    }

    @Test
    void freedMemory_isKeptWhileItIsTakenAgain() {
        for (int round = 0; round < 5; round++) {
            useAndFree();
            trims.nowNs += Demand.PERIOD_NS / 2;
        }
        assertEquals(0, host.punched);
        assertEquals(1, trims.pendingLooks());
    }

    @Test
    void freedMemory_goesBackWhenTheGuestIsQuiet() {
        useAndFree();
        trims.nowNs += 2 * Demand.PERIOD_NS;
        trims.look();
        assertTrue(host.punched > 0);
        assertEquals(0, trims.pendingLooks());
        useAndFree();
    }

    @Test
    void look_whileTheGuestIsBusy_isTakenAgainLater() {
        useAndFree();
        trims.nowNs += Demand.PERIOD_NS / 2;
        trims.look();
        assertEquals(0, host.punched);
        assertEquals(1, trims.pendingLooks());
    }

    @Test
    void look_whileSuspended_touchesNothing() {
        useAndFree();
        sandbox.chunks().suspend();
        trims.nowNs += 2 * Demand.PERIOD_NS;
        trims.look();
        assertEquals(0, host.punched);
        sandbox.chunks().resume();
        useAndFree();
        trims.nowNs += 2 * Demand.PERIOD_NS;
        trims.look();
        assertTrue(host.punched > 0);
    }

    @Test
    void look_afterTheSandboxEnded_touchesNothing() {
        useAndFree();
        sandbox.close();
        trims.nowNs += 2 * Demand.PERIOD_NS;
        trims.look();
        assertEquals(0, host.punched);
    }
}
