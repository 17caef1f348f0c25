package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.FutexOps;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.TaskService.Started;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Waits that the safe point interrupts go on as if nothing had happened. */
final class SafePointWaitsTest {
    private static final long DATA = FakeMemory.BASE + 0x1000;
    private static final long WORD = FakeMemory.BASE + 0x3000;
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long SLEEP_NS = 80_000_000;
    private static final int SIGPROCMASK = 14;
    private static final int PAUSE = 34;
    private static final int NANOSLEEP = 35;
    private static final int FORK = 57;
    private static final int VFORK = 58;
    private static final int WAIT4 = 61;
    private static final int KILL = 62;
    private static final int SIGSUSPEND = 130;
    private static final int SIGTIMEDWAIT = 128;
    private static final int FUTEX = 202;
    private static final int CLOCK_NANOSLEEP = 230;
    private static final int EXIT_GROUP = 231;

    @Test
    void nanosleep_isNotLengthenedAndLeavesTheRestAlone() throws Exception {
        AtomicLong result = new AtomicLong(-1);
        AtomicLong rest = new AtomicLong();
        GuestProgram program =
                time(SLEEP_NS)
                        .call(TestCalls.WRITE_LONG, DATA + 16, 77)
                        .call(NANOSLEEP, DATA, DATA + 16)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(TestCalls.READ_INT, DATA + 16)
                        .look(r -> rest.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        long tookNs = runFrozen(program);
        assertEquals(0, result.get());
        assertEquals(77, rest.get());
        assertTrue(tookNs >= SLEEP_NS && tookNs < SLEEP_NS + LONG_NS / 2, tookNs + " ns");
    }

    @Test
    void nanosleep_pausedForLongerThanItLasts_endsAtOnce() throws Exception {
        // Long, so that a machine which stalls for a moment is not taken for a second sleep.
        long sleepNs = TimeUnit.SECONDS.toNanos(2);
        AtomicLong result = new AtomicLong(-1);
        GuestProgram program =
                time(sleepNs)
                        .call(NANOSLEEP, DATA, 0)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            Started started = sandbox.start();
            awaitSleeping(sandbox);
            enter(sandbox);
            TimeUnit.NANOSECONDS.sleep(sleepNs);
            long leftNs = System.nanoTime();
            sandbox.safePoint.leave();
            assertEquals(ExitStatus.exited(0), started.exited().get(60, TimeUnit.SECONDS));
            assertTrue(System.nanoTime() - leftNs < sleepNs, "slept once more");
        }
        assertEquals(0, result.get());
    }

    @Test
    void cpuClockSleep_keepsItsEnd() throws Exception {
        // The fake clock of CPU time stands still: only the signal ends this sleep.
        AtomicLong result = new AtomicLong();
        GuestProgram program =
                time(SLEEP_NS)
                        .call(CLOCK_NANOSLEEP, 2, 0, DATA, 0)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.killed(Signals.SIGTERM), signalledWhileHeld(program));
        assertEquals(0, result.get());
    }

    @Test
    void pause_isEndedByASignalThatComesAtTheSafePoint() throws Exception {
        GuestProgram program = new GuestProgram().call(PAUSE).call(EXIT_GROUP, 1);
        assertEquals(ExitStatus.killed(Signals.SIGTERM), signalledWhileHeld(program));
    }

    @Test
    void sigsuspend_keepsItsMaskAtTheSafePoint() throws Exception {
        // SIGTERM is blocked but for the time of the wait: it must end the wait, not stay pending.
        GuestProgram program =
                new GuestProgram()
                        .call(TestCalls.WRITE_LONG, DATA, -1L)
                        .call(SIGPROCMASK, Signals.SIG_BLOCK, DATA, 0, 8)
                        .call(TestCalls.WRITE_LONG, DATA, 0)
                        .call(SIGSUSPEND, DATA, 8)
                        .call(EXIT_GROUP, 1);
        assertEquals(ExitStatus.killed(Signals.SIGTERM), signalledWhileHeld(program));
    }

    @Test
    void sigtimedwait_takesASignalThatComesAtTheSafePoint() throws Exception {
        AtomicLong result = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(TestCalls.WRITE_LONG, DATA, Signals.mask(Signals.SIGTERM))
                        .call(SIGPROCMASK, Signals.SIG_BLOCK, DATA, 0, 8)
                        .call(SIGTIMEDWAIT, DATA, 0, 0, 8)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), signalledWhileHeld(program));
        assertEquals(Signals.SIGTERM, result.get());
    }

    @Test
    void sigtimedwait_withTimeout_endsInTime() throws Exception {
        AtomicLong result = new AtomicLong();
        GuestProgram program =
                time(SLEEP_NS)
                        .call(TestCalls.WRITE_LONG, DATA + 16, Signals.mask(Signals.SIGUSR1))
                        .call(SIGTIMEDWAIT, DATA + 16, 0, DATA, 8)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        long tookNs = runFrozen(program);
        assertEquals(Errno.EAGAIN.negated(), result.get());
        assertTrue(tookNs >= SLEEP_NS && tookNs < SLEEP_NS + LONG_NS / 2, tookNs + " ns");
    }

    @Test
    void vforkParent_waitsOnAndMakesOneChildOnly() throws Exception {
        long[] child = new long[1];
        AtomicLong result = new AtomicLong();
        AtomicLong parentWentOnNs = new AtomicLong();
        AtomicLong childEndedNs = new AtomicLong();
        GuestProgram program =
                time(SLEEP_NS)
                        .call(VFORK)
                        .jumpIfZero(child)
                        .look(r -> {
                            result.set(r.get(UserRegs.RAX));
                            parentWentOnNs.set(System.nanoTime());
                        })
                        .call(WAIT4, -1, 0, 0, 0)
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0)
                .look(r -> childEndedNs.set(System.nanoTime()))
                .call(EXIT_GROUP, 0);
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            long tookNs = runFrozen(sandbox);
            assertTrue(tookNs >= SLEEP_NS);
            assertEquals(2, sandbox.processes.tasks().forks());
        }
        assertEquals(2, result.get());
        assertTrue(parentWentOnNs.get() > childEndedNs.get());
    }

    @Test
    void futexWait_isWokenByAWakeThatComesWhileItIsSuspended() throws Exception {
        // The word never changes: a waiter that left its queue would sleep for ever.
        long[] child = new long[1];
        long[] again = new long[1];
        int threadFlags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000;
        AtomicLong wakes = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(56, threadFlags, FakeSandbox.STACK_TOP - 0x1000, 0, 0, 0)
                        .jumpIfZero(child);
        for (int i = 0; i < 50; i++) {
            program.call(FUTEX, WORD, FutexOps.FUTEX_WAIT, 0, 0, 0, 0);
        }
        program.call(EXIT_GROUP, 0);
        child[0] = program.here();
        again[0] = program.here();
        program.call(FUTEX, WORD, FutexOps.FUTEX_WAKE, 1, 0, 0, 0)
                .look(r -> wakes.addAndGet(r.get(UserRegs.RAX)))
                .jump(again);
        runFrozen(program);
        // The last one may be killed before it looks.
        assertTrue(wakes.get() >= 49, wakes + " wakes");
    }

    @Test
    void wait4_isNotInterrupted() throws Exception {
        long[] child = new long[1];
        AtomicLong result = new AtomicLong();
        GuestProgram program =
                time(SLEEP_NS)
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(WAIT4, -1, 0, 0, 0)
                        .look(r -> result.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0).call(EXIT_GROUP, 0);
        runFrozen(program);
        assertEquals(2, result.get());
    }

    @Test
    void stoppedTask_comesAndStaysStopped() throws Exception {
        long[] child = new long[1];
        GuestProgram program =
                time(SLEEP_NS)
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(KILL, 2, Signals.SIGSTOP)
                        .call(WAIT4, 2, 0, 2, 0)
                        .call(NANOSLEEP, DATA, 0)
                        .call(KILL, 2, Signals.SIGCONT)
                        .call(WAIT4, 2, 0, 0, 0)
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0).call(EXIT_GROUP, 0);
        assertTrue(runFrozen(program) >= SLEEP_NS);
    }

    @Test
    void guestCode_isTakenOutAndGoesOn() throws Exception {
        AtomicLong turns = new AtomicLong();
        long[] loop = new long[1];
        GuestProgram program = new GuestProgram();
        loop[0] = program.here();
        program.look(r -> turns.incrementAndGet()).jump(loop);
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            sandbox.start();
            await(() -> turns.get() > 0);
            for (int i = 0; i < 100; i++) {
                enter(sandbox);
                long before = turns.get();
                Thread.onSpinWait();
                assertEquals(before, turns.get());
                sandbox.safePoint.leave();
                await(() -> turns.get() > before);
            }
        }
    }

    private static GuestProgram time(long ns) {
        return new GuestProgram()
                .call(TestCalls.WRITE_LONG, DATA, ns / 1_000_000_000)
                .call(TestCalls.WRITE_LONG, DATA + 8, ns % 1_000_000_000);
    }

    /** Runs a program that is frozen all the time; gives how long it took. */
    private static long runFrozen(GuestProgram program) throws Exception {
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            return runFrozen(sandbox);
        }
    }

    private static long runFrozen(FakeSandbox sandbox) throws Exception {
        long beganNs = System.nanoTime();
        Started started = sandbox.start();
        try (Freezer freezer = new Freezer(sandbox.safePoint)) {
            assertEquals(ExitStatus.exited(0), started.exited().get(60, TimeUnit.SECONDS));
            Assumptions.assumeTrue(freezer.entered() > 0, "ended before it could be frozen");
        }
        assertTrue(sandbox.log.isEmpty(), sandbox.log.toString());
        return System.nanoTime() - beganNs;
    }

    /** Runs the program as process 2; SIGTERM comes when all tasks stand still. */
    private static ExitStatus signalledWhileHeld(GuestProgram program) throws Exception {
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            Started first = sandbox.start();
            awaitSleeping(sandbox);
            Started started = sandbox.start();
            await(() -> isSleeping(sandbox, started.tgid()));
            enter(sandbox);
            sandbox.processes
                    .tasks()
                    .group(started.tgid())
                    .orElseThrow()
                    .signal(SigInfo.kill(Signals.SIGTERM, SignalCodes.SI_USER, 0, 0));
            sandbox.safePoint.leave();
            ExitStatus status = started.exited().get(60, TimeUnit.SECONDS);
            assertTrue(sandbox.log.isEmpty(), sandbox.log.toString());
            assertEquals(1, first.tgid());
            return status;
        }
    }

    private static void enter(FakeSandbox sandbox) {
        assertTrue(sandbox.safePoint.enter(LONG_NS), () -> sandbox.safePoint.missing().toString());
    }

    private static void awaitSleeping(FakeSandbox sandbox) {
        await(() -> isSleeping(sandbox, 1));
    }

    private static boolean isSleeping(FakeSandbox sandbox, int tid) {
        return sandbox.processes
                .tasks()
                .task(tid)
                .filter(task -> task.state() == TaskState.SLEEPING)
                .isPresent();
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + LONG_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "in vain");
            Thread.onSpinWait();
        }
    }
}
