package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.Errno;
import dev.moat.abi.RtSigframe;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.sandbox.ExitStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Handlers, frames and restarts with scripted guests. */
final class SignalDeliveryTest {
    private static final long DATA = FakeMemory.BASE + 0x1000;
    private static final long ACTION = FakeMemory.BASE + 0x2000;
    private static final int SIGACTION = 13;
    private static final int SIGPROCMASK = 14;
    private static final int SIGRETURN = 15;
    private static final int PAUSE = 34;
    private static final int FORK = 57;
    private static final int WAIT4 = 61;
    private static final int KILL = 62;
    private static final int EXIT_GROUP = 231;
    private static final int NANOSLEEP = 35;
    private static final int TGKILL = 234;

    @Test
    void handler_seesSignalAndReturnsToInterruptedCode() throws Exception {
        long[] handler = new long[1];
        AtomicLong signal = new AtomicLong();
        AtomicLong result = new AtomicLong(-1);
        AtomicLong alignment = new AtomicLong(-1);
        GuestProgram program = new GuestProgram();
        installHandler(program, Signals.SIGUSR1, handler, 0);
        program.call(KILL, 1, Signals.SIGUSR1)
                .look(r -> result.set(r.get(UserRegs.RAX)))
                .call(EXIT_GROUP, 5);
        handler[0] = program.here();
        program.look(
                        r -> {
                            signal.set(r.get(UserRegs.RDI));
                            alignment.set(r.get(UserRegs.RSP) & 15);
                        })
                .step(SignalDeliveryTest::popReturnAddress)
                .call(SIGRETURN);
        assertEquals(ExitStatus.exited(5), FakeSandbox.run(program));
        assertEquals(Signals.SIGUSR1, signal.get());
        assertEquals(0, result.get());
        assertEquals(8, alignment.get());
    }

    @Test
    void pause_interruptedByHandler_failsWithEintr() throws Exception {
        long[] child = new long[1];
        long[] handler = new long[1];
        AtomicLong result = new AtomicLong();
        GuestProgram program = new GuestProgram();
        installHandler(program, Signals.SIGUSR1, handler, Signals.SA_RESTART);
        program.call(TestCalls.WRITE_LONG, DATA, 0)
                .call(TestCalls.WRITE_LONG, DATA + 8, 100_000_000)
                .call(FORK)
                .jumpIfZero(child)
                .call(PAUSE)
                .look(r -> result.set(r.get(UserRegs.RAX)))
                .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0).call(KILL, 1, Signals.SIGUSR1).call(EXIT_GROUP, 0);
        handler[0] = program.here();
        program.step(SignalDeliveryTest::popReturnAddress).call(SIGRETURN);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(Errno.EINTR.negated(), result.get());
    }

    @Test
    void wait4_interruptedWithRestart_isMadeAgain() throws Exception {
        assertEquals(2, waitInterruptedBy(Signals.SA_RESTART));
    }

    @Test
    void wait4_interruptedWithoutRestart_failsWithEintr() throws Exception {
        assertEquals(Errno.EINTR.negated(), waitInterruptedBy(0));
    }

    /** The child signals its parent, which waits for it, sleeps a moment and ends. */
    private static long waitInterruptedBy(long flags) throws Exception {
        long[] child = new long[1];
        long[] handler = new long[1];
        AtomicLong result = new AtomicLong();
        GuestProgram program = new GuestProgram();
        installHandler(program, Signals.SIGUSR1, handler, flags);
        program.call(TestCalls.WRITE_LONG, DATA, 0)
                .call(TestCalls.WRITE_LONG, DATA + 8, 100_000_000)
                .call(FORK)
                .jumpIfZero(child)
                .call(WAIT4, -1, 0, 0, 0)
                .look(r -> result.set(r.get(UserRegs.RAX)))
                .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0)
                .call(KILL, 1, Signals.SIGUSR1)
                .call(NANOSLEEP, DATA, 0)
                .call(EXIT_GROUP, 0);
        handler[0] = program.here();
        program.step(SignalDeliveryTest::popReturnAddress).call(SIGRETURN);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        return result.get();
    }

    @Test
    void nanosleep_stoppedAndContinued_sleepsOn() throws Exception {
        long[] child = new long[1];
        AtomicLong result = new AtomicLong(-1);
        GuestProgram program =
                new GuestProgram()
                        .call(TestCalls.WRITE_LONG, DATA, 0)
                        .call(TestCalls.WRITE_LONG, DATA + 8, 200_000_000)
                        .call(FORK)
                        .jumpIfZero(child)
                        .call(KILL, 2, Signals.SIGSTOP)
                        .call(WAIT4, 2, 0, 2, 0)
                        .call(KILL, 2, Signals.SIGCONT)
                        .call(WAIT4, 2, 0, 0, 0)
                        .call(EXIT_GROUP, 0);
        child[0] = program.here();
        program.call(NANOSLEEP, DATA, 0)
                .look(r -> result.set(r.get(UserRegs.RAX)))
                .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(0, result.get());
    }

    @Test
    void realTimeSignals_areQueuedAndTakenLowestFirst() throws Exception {
        long[] handler = new long[1];
        List<Long> taken = Collections.synchronizedList(new ArrayList<>());
        GuestProgram program = new GuestProgram();
        installHandler(program, 40, handler, 0);
        installHandler(program, 41, handler, 0);
        installHandler(program, Signals.SIGUSR1, handler, 0);
        program.call(TestCalls.WRITE_LONG, DATA, -1L)
                .call(SIGPROCMASK, Signals.SIG_BLOCK, DATA, 0, 8)
                .call(TGKILL, 1, 1, 41)
                .call(TGKILL, 1, 1, 40)
                .call(TGKILL, 1, 1, 40)
                .call(TGKILL, 1, 1, Signals.SIGUSR1)
                .call(TGKILL, 1, 1, Signals.SIGUSR1)
                .call(SIGPROCMASK, Signals.SIG_UNBLOCK, DATA, 0, 8)
                .call(EXIT_GROUP, 0);
        handler[0] = program.here();
        program.look(r -> taken.add(r.get(UserRegs.RDI)))
                .step(SignalDeliveryTest::popReturnAddress)
                .call(SIGRETURN);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        // Frames stack up: the one pushed last, for the highest number, runs first.
        assertEquals(List.of(41L, 40L, 40L, (long) Signals.SIGUSR1), taken);
    }

    @Test
    void fault_withHandler_tellsAddressAndCode() throws Exception {
        long[] handler = new long[1];
        AtomicLong info = new AtomicLong();
        GuestProgram program = new GuestProgram();
        installHandler(program, Signals.SIGSEGV, handler, Signals.SA_SIGINFO);
        program.step(cpu -> FakeCpu.fault(0x1234)).call(EXIT_GROUP, 1);
        handler[0] = program.here();
        program.look(r -> info.set(r.get(UserRegs.RSI)))
                .step(cpu -> {
                    cpu.prepareCall(TestCalls.READ_INT, info.get() + 8);
                    return null;
                })
                .syscall()
                .step(cpu -> {
                    long code = cpu.registers().get(UserRegs.RAX);
                    cpu.prepareCall(EXIT_GROUP, code == SignalCodes.SEGV_MAPERR ? 77 : 78);
                    return null;
                })
                .syscall();
        assertEquals(ExitStatus.exited(77), FakeSandbox.run(program));
    }

    @Test
    void handlerWithoutStack_endsProcessWithSegv() throws Exception {
        long[] handler = new long[1];
        GuestProgram program = new GuestProgram();
        installHandler(program, Signals.SIGUSR1, handler, 0);
        program.step(
                        cpu -> {
                            cpu.registers().set(UserRegs.RSP, 0);
                            return null;
                        })
                .call(KILL, 1, Signals.SIGUSR1)
                .call(EXIT_GROUP, 0);
        handler[0] = program.here();
        program.call(EXIT_GROUP, 1);
        assertEquals(ExitStatus.killed(Signals.SIGSEGV), FakeSandbox.run(program));
    }

    /** What the handler's {@code ret} does before the restorer calls rt_sigreturn. */
    private static dev.moat.api.platform.Exit popReturnAddress(FakeCpu cpu) {
        cpu.registers().set(UserRegs.RSP, cpu.registers().get(UserRegs.RSP) + 8);
        return null;
    }

    private static void installHandler(
            GuestProgram program, int signal, long[] handler, long flags) {
        program.step(
                        cpu -> {
                            cpu.prepareCall(TestCalls.WRITE_LONG, ACTION, handler[0]);
                            return null;
                        })
                .syscall()
                .call(TestCalls.WRITE_LONG, ACTION + 8, flags | Signals.SA_RESTORER)
                .call(TestCalls.WRITE_LONG, ACTION + 16, 0x1)
                .call(TestCalls.WRITE_LONG, ACTION + 24, 0)
                .call(SIGACTION, signal, ACTION, 0, 8);
        assertEquals(440, RtSigframe.SIZE);
    }
}
