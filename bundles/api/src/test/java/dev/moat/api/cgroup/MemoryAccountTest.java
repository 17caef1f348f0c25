package dev.moat.api.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.cgroup.MemoryAccount.Event;
import org.junit.jupiter.api.Test;

final class MemoryAccountTest {
    private final MemoryAccount root = new MemoryAccount(0, null);
    private final MemoryAccount upper = new MemoryAccount(1, root);
    private final MemoryAccount lower = new MemoryAccount(2, upper);

    @Test
    void charges_countUpToTheRoot_whichCountsNone() {
        assertNull(lower.tryCharge(10));
        assertEquals(10, lower.pages());
        assertEquals(10, upper.pages());
        assertEquals(0, root.pages());
        lower.uncharge(4);
        assertEquals(6, upper.pages());
        assertEquals(10, upper.peakPages());
    }

    @Test
    void chargeBeyondALimitAbove_changesNothing() {
        upper.setMaxPages(10);
        assertNull(lower.tryCharge(10));
        assertSame(upper, lower.tryCharge(1));
        assertEquals(10, lower.pages());
        assertEquals(10, upper.pages());
    }

    @Test
    void events_countAbove_ownOnlyHere() {
        lower.count(Event.OOM);
        assertEquals(1, root.events(Event.OOM));
        assertEquals(0, upper.ownEvents(Event.OOM));
        assertEquals(1, lower.ownEvents(Event.OOM));
    }

    @Test
    void penalty_growsWithTheOverage_toTwoSeconds() {
        lower.setHighPages(1000);
        assertNull(lower.tryCharge(1000));
        assertEquals(0, lower.penaltyNs());
        assertNull(lower.tryCharge(20));
        long some = lower.penaltyNs();
        assertTrue(some > 10_000_000 && some < 2_000_000_000, "penalty " + some);
        assertNull(lower.tryCharge(3000));
        assertEquals(2_000_000_000L, lower.penaltyNs());
        assertSame(lower, lower.overHigh());
    }

    @Test
    void kernelBytes_countAsPagesUpToTheRoot() {
        assertTrue(lower.tryChargeKernel(100));
        assertTrue(lower.tryChargeKernel(100));
        assertEquals(1, upper.pages());
        assertEquals(1, upper.kernelPages());
        upper.setMaxPages(2);
        assertFalse(lower.tryChargeKernel(3 * 4096));
        assertEquals(1, lower.pages());
        assertEquals(1, lower.kernelPages());
        assertEquals(1, upper.events(Event.MAX));
        lower.chargeKernel(3 * 4096);
        assertEquals(4, upper.kernelPages());
        lower.unchargeKernel(200 + 3 * 4096);
        assertEquals(0, upper.pages());
        assertEquals(0, lower.kernelPages());
    }
}
