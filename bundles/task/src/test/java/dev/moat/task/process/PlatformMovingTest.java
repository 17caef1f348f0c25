package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.SwapException;
import dev.moat.api.task.TaskService.Started;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Tasks go on with the same registers on another platform. */
final class PlatformMovingTest {
    private static final long DATA = FakeMemory.BASE + 0x1000;
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int TURNS = 100_000;
    private static final int NANOSLEEP = 35;
    private static final int FORK = 57;
    private static final int WAIT4 = 61;
    private static final int EXIT_GROUP = 231;

    /** The parent waits for a child that counts to {@link #TURNS} in a register and sleeps. */
    private static GuestProgram program(AtomicLong counted) {
        long[] child = new long[1];
        long[] loop = new long[1];
        GuestProgram program =
                new GuestProgram()
                        .call(TestCalls.WRITE_LONG, DATA, 0)
                        .call(TestCalls.WRITE_LONG, DATA + 8, 50_000_000)
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(WAIT4, -1, 0, 0, 0)
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.step(cpu -> {
            cpu.registers().set(UserRegs.RBX, 0);
            return null;
        });
        loop[0] = program.here();
        program.step(
                        cpu -> {
                            long turns = cpu.registers().get(UserRegs.RBX) + 1;
                            cpu.registers().set(UserRegs.RBX, turns);
                            if (turns < TURNS) {
                                cpu.registers().set(UserRegs.RIP, loop[0]);
                            }
                            return null;
                        })
                .call(NANOSLEEP, DATA, 0)
                .look(r -> counted.set(r.get(UserRegs.RBX)))
                .call(EXIT_GROUP, 0);
        return program;
    }

    @Test
    void tasks_areMovedManyTimes_andDoNotNotice() throws Exception {
        AtomicLong counted = new AtomicLong();
        List<List<FakeCpu>> made = new ArrayList<>();
        try (FakeSandbox sandbox = new FakeSandbox(program(counted))) {
            Started started = sandbox.start();
            while (!started.exited().isDone()) {
                List<FakeCpu> cpus = new CopyOnWriteArrayList<>();
                assertTrue(sandbox.safePoint.enter(LONG_NS));
                sandbox.processes.movePlatform(sandbox.platform(cpus, Integer.MAX_VALUE));
                made.add(cpus);
                sandbox.safePoint.leave();
                Thread.yield();
            }
            assertEquals(ExitStatus.exited(0), started.exited().get(20, TimeUnit.SECONDS));
            assertTrue(sandbox.log.isEmpty(), sandbox.log.toString());
            assertFalse(sandbox.memoryMoves.contains("cancel"));
            assertEquals(made.size(), sandbox.memoryMoves.size());
        }
        assertEquals(TURNS, counted.get());
        assertTrue(made.size() > 2, "moved " + made.size() + " times");
        for (List<FakeCpu> cpus : made) {
            for (FakeCpu cpu : cpus) {
                assertTrue(cpu.closed);
            }
        }
    }

    @Test
    void platformThatRefusesAContext_leavesAllAsItWas() throws Exception {
        AtomicLong counted = new AtomicLong();
        List<FakeCpu> cpus = new CopyOnWriteArrayList<>();
        try (FakeSandbox sandbox = new FakeSandbox(program(counted))) {
            Started started = sandbox.start();
            int moved = 0;
            while (sandbox.processes.tasks().forks() < 2) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 20; i++) {
                assertTrue(sandbox.safePoint.enter(LONG_NS));
                cpus.clear();
                if (sandbox.safePoint.threads().size() == 2) {
                    try {
                        assertThrows(
                                SwapException.class,
                                () -> sandbox.processes.movePlatform(sandbox.platform(cpus, 0)));
                        moved++;
                    } finally {
                        sandbox.safePoint.leave();
                    }
                } else {
                    sandbox.safePoint.leave();
                }
            }
            assertEquals(ExitStatus.exited(0), started.exited().get(20, TimeUnit.SECONDS));
            assertTrue(moved > 0);
            assertFalse(sandbox.memoryMoves.contains("commit"));
        }
        assertEquals(TURNS, counted.get());
    }

    @Test
    void platformThatHangs_isLeft_andAllGoOn() throws Exception {
        AtomicLong counted = new AtomicLong();
        try (FakeSandbox sandbox = new FakeSandbox(program(counted))) {
            Started started = sandbox.start();
            while (sandbox.processes.tasks().forks() < 2) {
                Thread.onSpinWait();
            }
            assertTrue(sandbox.safePoint.enter(LONG_NS));
            try {
                SwapException refused =
                        assertThrows(
                                SwapException.class,
                                () -> sandbox.processes.movePlatform(hanging()));
                assertTrue(String.valueOf(refused.getMessage()).contains("does not come back"));
            } finally {
                sandbox.safePoint.leave();
            }
            assertEquals(ExitStatus.exited(0), started.exited().get(20, TimeUnit.SECONDS));
            assertEquals(List.of("cancel"), List.copyOf(sandbox.memoryMoves));
        }
        assertEquals(TURNS, counted.get());
    }

    /** Its contexts never come, until the thread is interrupted. */
    private static PlatformSession hanging() {
        return Fakes.fake(
                PlatformSession.class,
                (method, _) -> {
                    if (method.equals("sharesTimestampCounter")) {
                        return true;
                    }
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw Fakes.unexpected(method);
                });
    }
}
