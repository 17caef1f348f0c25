package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.CloneFlags;
import dev.moat.abi.Errno;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.abi.WaitFlags;
import dev.moat.api.sandbox.ExitStatus;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** fork(2), wait(2), exit(2), clone(2) of a whole sandbox with scripted guests. */
final class ProcessLifeTest {
    private static final long DATA = FakeMemory.BASE + 0x1000;
    private static final int FORK = 57;
    private static final int EXIT = 60;
    private static final int WAIT4 = 61;
    private static final int KILL = 62;
    private static final int EXIT_GROUP = 231;
    private static final int CLONE = 56;
    private static final int FUTEX = 202;
    private static final int GETPID = 39;
    private static final int GETTID = 186;
    private static final int GETPPID = 110;

    @Test
    void exitGroup_ofFirstProcess_endsSandboxWithItsCode() throws Exception {
        assertEquals(ExitStatus.exited(7), FakeSandbox.run(new GuestProgram().call(EXIT_GROUP, 7)));
    }

    @Test
    void exit_ofOnlyThread_endsProcessWithItsCode() throws Exception {
        assertEquals(ExitStatus.exited(9), FakeSandbox.run(new GuestProgram().call(EXIT, 9)));
    }

    @Test
    void fullHeap_endsProcessThatAsked_withOneLine() throws Exception {
        GuestProgram program = new GuestProgram().call(TestCalls.FILL_HEAP).call(EXIT_GROUP, 0);
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            ExitStatus status = sandbox.start().exited().get(20, TimeUnit.SECONDS);
            assertEquals(ExitStatus.killed(Signals.SIGKILL), status);
            assertEquals(1, sandbox.log.size(), sandbox.log::toString);
            String line = sandbox.log.getFirst();
            assertTrue(line.startsWith("Out of kernel memory: Killed process 1 ("), line);
        }
    }

    @Test
    void firstProcess_isPidOneWithoutParent() throws Exception {
        AtomicLong pid = new AtomicLong();
        AtomicLong parent = new AtomicLong();
        FakeSandbox.run(
                new GuestProgram()
                        .call(GETPID)
                        .look(r -> pid.set(r.get(UserRegs.RAX)))
                        .call(GETPPID)
                        .look(r -> parent.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0));
        assertEquals(1, pid.get());
        assertEquals(0, parent.get());
    }

    @Test
    void wait4_forExitedChild_givesPidAndStatus() throws Exception {
        long[] child = new long[1];
        AtomicLong forked = new AtomicLong();
        AtomicLong waited = new AtomicLong();
        AtomicLong status = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(FORK)
                        .jumpIfZero(child)
                        .look(r -> forked.set(r.get(UserRegs.RAX)))
                        .call(WAIT4, -1, DATA, 0, 0)
                        .look(r -> waited.set(r.get(UserRegs.RAX)));
        readInt(program, DATA, status);
        program.call(WAIT4, -1, 0, 0, 0)
                .step(cpu -> {
                    cpu.prepareCall(
                            EXIT_GROUP,
                            cpu.registers().get(UserRegs.RAX) == Errno.ECHILD.negated() ? 0 : 1);
                    return null;
                })
                .syscall();
        child[0] = program.here();
        program.call(EXIT_GROUP, 42);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(2, forked.get());
        assertEquals(2, waited.get());
        assertEquals(WaitFlags.exited(42), status.get());
    }

    @Test
    void wait4_withNoHang_whileChildRuns_givesZero() throws Exception {
        long[] child = new long[1];
        AtomicLong first = new AtomicLong(-1);
        GuestProgram program =
                new GuestProgram()
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(WAIT4, -1, DATA, WaitFlags.WNOHANG, 0)
                        .look(r -> first.set(r.get(UserRegs.RAX)))
                        .call(KILL, 2, Signals.SIGKILL)
                        .call(WAIT4, -1, DATA, 0, 0);
        exitWithInt(program, DATA);
        child[0] = program.here();
        program.call(34);
        assertEquals(ExitStatus.exited(Signals.SIGKILL), FakeSandbox.run(program));
        assertEquals(0, first.get());
    }

    @Test
    void stoppedChild_isReportedAndContinues() throws Exception {
        long[] child = new long[1];
        AtomicLong stopped = new AtomicLong();
        AtomicLong continued = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(KILL, 2, Signals.SIGSTOP)
                        .call(WAIT4, 2, DATA, WaitFlags.WUNTRACED, 0);
        readInt(program, DATA, stopped);
        program.call(KILL, 2, Signals.SIGCONT).call(WAIT4, 2, DATA, WaitFlags.WCONTINUED, 0);
        readInt(program, DATA, continued);
        program.call(KILL, 2, Signals.SIGTERM).call(WAIT4, 2, DATA, 0, 0);
        exitWithInt(program, DATA);
        child[0] = program.here();
        program.call(34);
        assertEquals(ExitStatus.exited(Signals.SIGTERM), FakeSandbox.run(program));
        assertEquals(WaitFlags.stopped(Signals.SIGSTOP), stopped.get());
        assertEquals(WaitFlags.WSTATUS_CONTINUED, continued.get());
    }

    @Test
    void signalWithoutHandler_fromInside_doesNothingToFirstProcess() throws Exception {
        assertEquals(
                ExitStatus.exited(3),
                FakeSandbox.run(
                        new GuestProgram()
                                .call(KILL, 1, Signals.SIGTERM)
                                .call(KILL, 1, Signals.SIGKILL)
                                .call(EXIT_GROUP, 3)));
    }

    @Test
    void fault_ofFirstProcess_killsIt() throws Exception {
        assertEquals(
                ExitStatus.killed(Signals.SIGSEGV),
                FakeSandbox.run(new GuestProgram().step(cpu -> FakeCpu.fault(0))));
    }

    @Test
    void orphan_isAdoptedByFirstProcess() throws Exception {
        long[] child = new long[1];
        long[] grandchild = new long[1];
        AtomicLong first = new AtomicLong();
        AtomicLong second = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(WAIT4, -1, 0, 0, 0)
                        .look(r -> first.set(r.get(UserRegs.RAX)))
                        .call(KILL, 3, Signals.SIGKILL)
                        .call(WAIT4, -1, 0, 0, 0)
                        .look(r -> second.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(FORK).jumpIfZero(grandchild).call(EXIT_GROUP, 0);
        grandchild[0] = program.here();
        program.call(34);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(2, first.get());
        assertEquals(3, second.get());
    }

    @Test
    void thread_clearsItsIdWordAndWakesAtExit() throws Exception {
        long flags =
                CloneFlags.CLONE_VM
                        | CloneFlags.CLONE_FS
                        | CloneFlags.CLONE_FILES
                        | CloneFlags.CLONE_SIGHAND
                        | CloneFlags.CLONE_THREAD
                        | CloneFlags.CLONE_PARENT_SETTID
                        | CloneFlags.CLONE_CHILD_CLEARTID;
        long[] thread = new long[1];
        AtomicLong tid = new AtomicLong();
        AtomicLong pid = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(CLONE, flags, FakeSandbox.STACK_TOP - 65536, DATA, DATA, 0)
                        .jumpIfZero(thread)
                        .call(FUTEX, DATA, 0, 2, 0, 0, 0);
        exitWithInt(program, DATA);
        thread[0] = program.here();
        program.call(GETTID)
                .look(r -> tid.set(r.get(UserRegs.RAX)))
                .call(GETPID)
                .look(r -> pid.set(r.get(UserRegs.RAX)))
                .call(EXIT, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(2, tid.get());
        assertEquals(1, pid.get());
    }

    @Test
    void manyForks_reapedAll_leaveNoTask() throws Exception {
        long[] child = new long[1];
        GuestProgram program = new GuestProgram();
        for (int i = 0; i < 50; i++) {
            program.call(FORK).jumpIfZero(child);
        }
        for (int i = 0; i < 50; i++) {
            program.call(WAIT4, -1, 0, 0, 0);
        }
        program.call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(EXIT_GROUP, 1);
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            sandbox.start().exited().get();
            assertEquals(0, sandbox.processes.tasks().taskCount());
            assertTrue(sandbox.log.isEmpty(), sandbox.log::toString);
        }
    }

    private static void readInt(GuestProgram program, long addr, AtomicLong target) {
        program.call(TestCalls.READ_INT, addr).look(r -> target.set(r.get(UserRegs.RAX)));
    }

    private static void exitWithInt(GuestProgram program, long addr) {
        program.call(TestCalls.READ_INT, addr)
                .step(cpu -> {
                    cpu.prepareCall(EXIT_GROUP, cpu.registers().get(UserRegs.RAX));
                    return null;
                })
                .syscall();
    }
}
