package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DemandTest {
    private final Demand demand = new Demand(0);

    @Test
    void recentPages_withinOnePeriod_isWhatWasTaken() {
        demand.took(100, 10);
        demand.took(50, 20);
        assertEquals(150, demand.recentPages(30));
    }

    @Test
    void recentPages_inTheNextPeriod_isTheLargerOfBoth() {
        demand.took(100, 10);
        demand.took(30, Demand.PERIOD_NS + 10);
        assertEquals(100, demand.recentPages(Demand.PERIOD_NS + 20));
        demand.took(90, Demand.PERIOD_NS + 30);
        assertEquals(120, demand.recentPages(Demand.PERIOD_NS + 40));
    }

    @Test
    void recentPages_afterTwoQuietPeriods_isNone() {
        demand.took(100, 10);
        assertEquals(0, demand.recentPages(2 * Demand.PERIOD_NS + 10));
    }

    @Test
    void recentPages_ofHugeDemand_isBounded() {
        demand.took(1L << 40, 10);
        assertEquals(16384, demand.recentPages(20));
    }
}
