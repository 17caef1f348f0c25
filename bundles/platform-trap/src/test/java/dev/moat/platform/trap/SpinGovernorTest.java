package dev.moat.platform.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.host.HostCpus;
import dev.moat.lib.cpu.CpuPlacement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpinGovernorTest {
    private static final int TID = 4711;
    private static final int CALL_NS = 5_000;
    private static final int SHARED_CALL_NS = 500;

    /** Calls after which a decision has been made. */
    private static final int ENOUGH = 300;

    private final Machine machine = new Machine();
    private final CpuPlacement placement = new CpuPlacement(machine, 1);
    private SpinGovernor governor = governor(Spinning.AUTO);
    private long nowNs = 1_000_000_000;

    private SpinGovernor governor(Spinning wish) {
        return new SpinGovernor(wish, machine, machine, placement, placement.place(), () -> nowNs);
    }

    /** Two CPUs; we are on the first. */
    private static final class Machine implements HostCpus, CpuDemand {
        private final List<Long> masks = new ArrayList<>();
        private boolean free = true;
        private boolean crowded;
        private int looks;

        @Override
        public int threadId() {
            return 1;
        }

        @Override
        public int currentCpu() {
            return 0;
        }

        @Override
        public int pinToCpu(int tid, int cpu) {
            return 0;
        }

        @Override
        public int setAffinity(int tid, long[] mask) {
            assertEquals(TID, tid);
            masks.add(mask[0]);
            return mask[0] == 0 ? -22 : 0;
        }

        @Override
        public int setNice(int tid, int nice) {
            return 0;
        }

        @Override
        public int nice() {
            return 0;
        }

        @Override
        public int getAffinity(int tid, long[] mask) {
            mask[0] = 3;
            return 0;
        }

        @Override
        public int schedulerTimes(int tid, long[] times) {
            return -1;
        }

        @Override
        public boolean hasFree(int more) {
            looks++;
            return free;
        }

        @Override
        public boolean isCrowded() {
            return crowded;
        }
    }

    /** Gives whether calls are polled for in the end. */
    private boolean calls(int count, boolean trampoline) {
        boolean polling = false;
        for (int i = 0; i < count; i++) {
            nowNs += CALL_NS;
            polling = governor.afterStop(TID, false, trampoline);
            if (polling) {
                return true;
            }
        }
        return polling;
    }

    private boolean sharedCalls(int count) {
        boolean polling = true;
        for (int i = 0; i < count && polling; i++) {
            nowNs += SHARED_CALL_NS;
            polling = governor.afterStop(TID, true, true);
        }
        return polling;
    }

    @Test
    void fastCalls_onAFreeMachine_arePolledFor() {
        assertTrue(calls(ENOUGH, true));
        assertEquals(List.of(2L), machine.masks);
        assertTrue(sharedCalls(100_000));
    }

    @Test
    void calls_withoutTrampolines_areNot() {
        assertFalse(calls(10_000, false));
        assertEquals(0, machine.looks);
    }

    @Test
    void slowCalls_areNot() {
        for (int i = 0; i < 10_000; i++) {
            nowNs += 100_000;
            assertFalse(governor.afterStop(TID, false, true));
        }
        assertEquals(0, machine.looks);
    }

    @Test
    void busyMachine_isAskedLessAndLess() {
        machine.free = false;
        // one second
        assertFalse(calls(200_000, true));
        assertTrue(machine.looks <= 70, machine.looks + " looks");
        assertEquals(List.of(), machine.masks);
    }

    @Test
    void polling_comesBackSoon_afterACpuWasWanted() {
        // compiler threads come and go while a program starts
        for (int i = 0; i < 20; i++) {
            assertTrue(calls(ENOUGH, true), "round " + i);
            machine.crowded = true;
            assertFalse(sharedCalls(100_000));
            machine.crowded = false;
            nowNs += 20_000_000;
        }
    }

    @Test
    void polling_endsSoon_whenACpuIsWanted() {
        assertTrue(calls(ENOUGH, true));
        assertTrue(sharedCalls(10_000));
        machine.crowded = true;
        long start = nowNs;
        assertFalse(sharedCalls(100_000));
        assertTrue(nowNs - start < 1_200_000, nowNs - start + " ns");
        // the thread comes back with its next notification, not before: it runs
        assertEquals(List.of(2L), machine.masks);
        assertFalse(calls(1, true));
        assertEquals(List.of(2L, 3L), machine.masks);
    }

    @Test
    void polling_ends_whenCallsComeInAnotherWay() {
        assertTrue(calls(ENOUGH, true));
        int others = 0;
        while (governor.afterStop(TID, false, false)) {
            others++;
        }
        assertTrue(others < 10);
        assertEquals(List.of(2L, 3L), machine.masks);
        // not again at once
        assertFalse(calls(ENOUGH, true));
        nowNs += 20_000_000;
        assertTrue(calls(ENOUGH, true));
    }

    @Test
    void off_neverPolls() {
        governor = governor(Spinning.OFF);
        assertFalse(calls(10_000, true));
        assertEquals(List.of(), machine.masks);
    }
}
