package dev.moat.lib.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CpuBalancerTest {
    private static final String NAME = "test-balancer";

    @Test
    void balancer_restsWhileNobodyRuns_andWakesWithTheFirstTask() throws Exception {
        FakeCpus cpus = new FakeCpus(2);
        CpuPlacement placement = new CpuPlacement(cpus, 1);
        CpuPlacement.Placed pair = FakeCpus.pair(placement);
        try (CpuBalancer balancer = new CpuBalancer(cpus, placement, NAME)) {
            awaitRest(balancer);
            int before = cpus.looks.get();
            placement.awoke(pair, pair.tracer);
            while (cpus.looks.get() == before) {
                Thread.onSpinWait();
            }
            awaitRest(balancer);
        }
        while (balancerThread().findAny().isPresent()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void oneCpu_needsNoBalancer() {
        FakeCpus cpus = new FakeCpus(1);
        try (CpuBalancer balancer = new CpuBalancer(cpus, new CpuPlacement(cpus, 1), NAME)) {
            assertFalse(balancerThread().findAny().isPresent(), balancer::toString);
        }
        assertEquals(0, cpus.looks.get());
    }

    /** Parked without a time limit: its blocker is the balancer itself. */
    private static void awaitRest(CpuBalancer balancer) {
        while (balancerThread().noneMatch(thread -> LockSupport.getBlocker(thread) == balancer)) {
            Thread.onSpinWait();
        }
    }

    private static Stream<Thread> balancerThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(NAME));
    }
}
