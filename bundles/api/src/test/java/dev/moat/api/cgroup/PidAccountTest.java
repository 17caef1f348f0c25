package dev.moat.api.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

final class PidAccountTest {
    private final PidAccount upper = new PidAccount(null);
    private final PidAccount lower = new PidAccount(upper);

    @Test
    void birthBeyondALimitAbove_isRefusedAndCountedThere() {
        upper.setMax(1);
        assertNull(lower.tryCharge());
        assertSame(upper, lower.tryCharge());
        assertEquals(1, lower.current());
        assertEquals(1, upper.current());
        assertEquals(1, upper.ownRefusals());
        assertEquals(0, lower.refusals());
        lower.uncharge();
        assertNull(lower.tryCharge());
    }

    @Test
    void migration_passesLimits() {
        lower.setMax(1);
        lower.charge(2);
        assertEquals(2, upper.current());
        assertEquals(2, lower.peak());
    }
}
