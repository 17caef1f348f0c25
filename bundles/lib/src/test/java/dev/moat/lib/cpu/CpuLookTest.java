package dev.moat.lib.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CpuLookTest {
    private static final long PERIOD_NS = 10L * FakeCpus.MS;

    private final FakeCpus cpus = new FakeCpus(2);
    private final CpuPlacement placement = new CpuPlacement(cpus, 1);
    private CpuPlacement.Placed one;
    private CpuPlacement.Placed other;

    @BeforeEach
    void twoPairsOnOneCpu_seenOnce() throws InterruptedException {
        one = FakeCpus.pair(placement);
        other = FakeCpus.pair(placement);
        cpus.use(one, 1, 0);
        cpus.use(other, 1, 0);
        look();
    }

    private int look() {
        return new CpuLook(cpus, placement, PERIOD_NS).balance();
    }

    /** The two wake each other {@code times} times. */
    private void talk(int times) {
        for (int i = 0; i < times; i++) {
            placement.awoke(one, other.tracer);
            placement.awoke(other, one.tracer);
        }
    }

    @Test
    void pairsThatCompute_areMovedApart() {
        cpus.use(one, 5, 5);
        cpus.use(other, 5, 5);
        assertEquals(2, look());
        assertEquals(1, one.cpu + other.cpu);
    }

    @Test
    void pairsThatTakeTurns_stayTogether() {
        cpus.use(one, 5, 5);
        cpus.use(other, 5, 5);
        talk(100);
        look();
        assertEquals(0, one.cpu + other.cpu);
    }

    @Test
    void pairsThatTalkNowAndThen_areMovedApart() {
        cpus.use(one, 5, 5);
        cpus.use(other, 5, 5);
        talk(5);
        look();
        assertEquals(1, one.cpu + other.cpu);
    }

    @Test
    void pairsThatTakeTurnsAcrossCpus_areBroughtTogether() {
        placement.move(other, 1);
        cpus.use(one, 7, 0);
        cpus.use(other, 7, 0);
        talk(100);
        look();
        assertEquals(one.cpu, other.cpu);
    }

    @Test
    void pairsThatTalkAcrossCpusButNeedBoth_stayApart() {
        placement.move(other, 1);
        cpus.use(one, 9, 0);
        cpus.use(other, 9, 0);
        talk(50);
        look();
        assertEquals(1, one.cpu + other.cpu);
    }

    @Test
    void waitingForTheOwnOtherHalf_isNoReasonToMove() {
        cpus.use(one, 4, 4);
        one.transitions += 2_000;
        cpus.use(other, 1, 0);
        look();
        assertEquals(0, one.cpu + other.cpu);
    }

    @Test
    void fullCpu_isNoPlaceToMoveTo() throws InterruptedException {
        CpuPlacement.Placed third = FakeCpus.pair(placement);
        placement.move(third, 1);
        cpus.use(third, 1, 0);
        look();
        cpus.use(third, 10, 10);
        cpus.use(one, 5, 5);
        cpus.use(other, 5, 5);
        look();
        assertEquals(0, one.cpu + other.cpu);
        assertEquals(1, third.cpu);
    }

    @Test
    void pairsThatSleep_areNotLookedAt() {
        int before = cpus.looks.get();
        assertEquals(0, look());
        assertEquals(before, cpus.looks.get());
    }

    @Test
    void guestThatComputesWithoutExit_isActive() {
        one.transitions++;
        assertEquals(1, look());
        assertEquals(1, look());
    }
}
