package dev.moat.platform.trap;

import dev.moat.abi.Signals;
import dev.moat.abi.SyscallNumbers;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Registers;
import dev.moat.api.platform.RunMode;
import dev.moat.lib.cpu.CpuPlacement;
import dev.moat.lib.stub.SeccompProgram;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One guest thread: registers, and a thread of a stub process that runs them. */
final class TrapContext implements ExecutionContext {
    /** {@code si_code} of general protection faults and {@code int3}. */
    private static final int SI_KERNEL = 0x80;

    /** {@code si_code} of the trap flag. */
    private static final int TRAP_TRACE = 2;

    private static final int SEGV_MAPERR = 1;
    private static final int SEGV_ACCERR = 2;

    // X86_PF_WRITE and X86_PF_INSTR, arch/x86/include/asm/trap_pf.h
    private static final int PAGE_FAULT_WRITE = 2;
    private static final int PAGE_FAULT_INSTRUCTION = 16;

    private static final int SYSCALL_INSTRUCTION_BYTES = 2;

    private final TrapSession session;
    private final TrapRegisters registers = new TrapRegisters();
    private final GuestFpState fpState;
    private final CpuPlacement.Placed placed;
    private final SyscallExit syscall = new SyscallExit();
    private final LocalAnswers answers = new LocalAnswers();
    private final HotCalls hotCalls = new HotCalls();
    private final Watching watching;

    private final SpinGovernor governor;

    /** What {@link #hotCall} gives. */
    private long hotCall;

    /**
     * Written by the owner, read by {@link #interrupt} and {@link TrapSpace#sync} on any thread.
     */
    private volatile boolean inGuest;

    /** Written by any thread, cleared by the owner. */
    private volatile boolean interrupted;

    /** Guest time of stub threads that this context had before. */
    private volatile long formerTimeNs;

    /** CPU time that the stub thread had used before it came to this context. */
    private volatile long formerContextsNs;

    /** Written by the owner; read by others for the CPU time. */
    private volatile @Nullable TrapSpace space;

    /** The stub thread, while there is a space. Written by the owner; read to interrupt it. */
    private volatile @Nullable GuestThread thread;

    TrapContext(TrapSession session) {
        this.session = session;
        fpState = new GuestFpState(session.fpLayout());
        watching = new Watching(session.processes());
        placed = session.placement().place();
        governor =
                new SpinGovernor(
                        session.spinning(),
                        session.demand(),
                        session.processes(),
                        session.placement(),
                        placed,
                        System::nanoTime);
    }

    @Override
    public Exit run(AddressSpace target, RunMode mode) {
        TrapSpace here = (TrapSpace) target;
        try {
            GuestThread runner = thread;
            if (here != space || runner == null) {
                runner = move(here);
            }
            while (true) {
                if (placed.isWishing()) {
                    session.placement().grant(placed);
                }
                // the order matters: whoever changes the space or interrupts looks at inGuest
                // afterwards
                inGuest = true;
                if (interrupted) {
                    inGuest = false;
                    interrupted = false;
                    return Exit.Interrupted.INSTANCE;
                }
                if (here.isPatched() && !runner.frame().isSlotInGs()) {
                    inGuest = false;
                    runner.frame().putSlotInGs();
                    registers.reload();
                    continue;
                }
                if (watching.isChanged()) {
                    inGuest = false;
                    handOver(runner);
                    watching.flush(runner);
                    continue;
                }
                boolean inHost = false;
                if (here.hasPendingChanges()) {
                    inHost = mode == RunMode.CONTINUE && leaveUnmap(here, runner);
                    if (!inHost) {
                        inGuest = false;
                        here.apply();
                        continue;
                    }
                }
                Exit exit = enterGuest(runner, mode, inHost);
                if (exit != null) {
                    return exit;
                }
            }
        } catch (StubLostException e) {
            inGuest = false;
            return new Exit.Lost(e.getMessage() == null ? "" : e.getMessage());
        }
    }

    /** The thread is in its handler, with all registers in the frame. */
    private void handOver(GuestThread runner) throws StubLostException {
        registers.fetchOrThrow();
        if (!runner.isHandedOver()) {
            runner.pull();
        }
    }

    private GuestThread move(TrapSpace here) throws StubLostException {
        GuestThread former = thread;
        if (former != null) {
            registers.detach();
            fpState.detach(former.frame());
            formerTimeNs = guestTimeNs();
        }
        leave();
        GuestThread next = here.bind(this);
        thread = next;
        formerContextsNs = next.isFresh() ? 0 : usedNs(here, next);
        space = here;
        registers.attach(next);
        answers.attach(next.slot());
        hotCalls.clear();
        // starts like one who was asleep
        awoke(Thread.currentThread());
        return next;
    }

    /** Gives the stub thread back; the guest's state in it is lost. */
    private void leave() {
        TrapSpace formerSpace = space;
        GuestThread formerThread = thread;
        space = null;
        thread = null;
        answers.detach();
        governor.comeBack();
        if (formerThread != null) {
            watching.leave(formerThread);
            formerThread.setPolling(false);
        }
        session.placement().takeBack(placed);
        placed.stubTid = 0;
        if (formerSpace != null && formerThread != null) {
            formerSpace.unbind(this, formerThread);
        }
    }

    /**
     * Whether the only change of mappings is what the guest's munmap(2) asks for, and is left to
     * the host: half the price of having it done by a thread of the stub.
     */
    private boolean leaveUnmap(TrapSpace here, GuestThread runner) {
        return !runner.isHandedOver()
                && !runner.isCalled()
                && runner.number() == SyscallNumbers.__NR_munmap
                && registers.isSuccessOnly()
                && !fpState.isWaiting()
                && here.leaveUnmap(
                        runner.argument(0),
                        runner.argument(1) + StubLayout.PAGE_BYTES - 1 & -StubLayout.PAGE_BYTES);
    }

    /**
     * @param inHost the host does the guest's system call
     */
    private @Nullable Exit enterGuest(GuestThread runner, RunMode mode, boolean inHost)
            throws StubLostException {
        if (mode == RunMode.SINGLE_STEP) {
            registers.beginStep();
        }
        long answer = registers.flush(runner, fpState.isWaiting());
        fpState.flush(runner.frame());
        placed.transitions++;
        if (inHost) {
            runner.resumeInHost();
        } else {
            runner.resume(answer);
        }
        runner.await();
        placed.transitions++;
        inGuest = false;
        if (!runner.isHandedOver()) {
            registers.stopped(runner.number());
            syscall.read(runner);
            registers.endStep();
            noteCall(runner);
            return syscall;
        }
        runner.setPolling(governor.afterStop(runner.tid(), false, false));
        Exit exit = isStepInTrampoline(runner) ? null : signalled(runner.frame());
        if (exit instanceof Exit.GuestSignal trap && trap.signal() == Signals.SIGTRAP) {
            watching.trapped(runner);
        }
        registers.endStep();
        return exit;
    }

    private void noteCall(GuestThread runner) {
        TrapSpace here = space;
        if (here == null || !here.isPatching()) {
            return;
        }
        boolean shared = runner.isCalled();
        if (here.isPatched()) {
            boolean trampoline = shared || runner.cameByTrampoline();
            runner.setPolling(governor.afterStop(runner.tid(), shared, trampoline));
        }
        if (!shared && hotCalls.note(runner.instructionPointer())) {
            hotCall = runner.instructionPointer();
        }
    }

    /**
     * Whoever goes instruction by instruction must not see trampolines: the site becomes what it
     * was, and the thread is in front of it again.
     */
    private boolean isStepInTrampoline(GuestThread runner) {
        long behind = runner.trampolineBehind();
        HostFrame frame = runner.frame();
        TrapSpace here = space;
        if (behind == 0
                || here == null
                || frame.signal() != Signals.SIGTRAP
                || frame.code() != TRAP_TRACE) {
            return false;
        }
        registers.stopped(-1);
        here.giveUpPatch(behind);
        return true;
    }

    @Override
    public long hotCall() {
        long hot = hotCall;
        hotCall = 0;
        return hot;
    }

    @Override
    public boolean takesAnswers() {
        TrapSpace here = space;
        return here != null && here.isPatched();
    }

    @Override
    public void answer(int number, int value) {
        answers.set(number, value);
    }

    @Override
    public void withdrawAnswer(int number) {
        answers.remove(number);
    }

    @Override
    public boolean hasAnswered() {
        return answers.hasCounts();
    }

    @Override
    public long takeAnswered(int number) {
        return answers.take(number);
    }

    /** Null for a signal that the guest did not cause: our interrupt, or somebody's kill(1). */
    private @Nullable Exit signalled(HostFrame frame) {
        int signal = frame.signal();
        int code = frame.code();
        if (signal == Signals.SIGSYS && code > 0) {
            return trapped(frame);
        }
        registers.stopped(-1);
        if (signal == GuestThread.INTERRUPT_SIGNAL || code <= 0) {
            return null;
        }
        long address = frame.address();
        if (signal == Signals.SIGSEGV && (code == SEGV_MAPERR || code == SEGV_ACCERR)) {
            return new Exit.Fault(address, accessOf(frame.errorCode()), code == SEGV_ACCERR);
        }
        return new Exit.GuestSignal(signal, code, address);
    }

    private static Access accessOf(long errorCode) {
        if ((errorCode & PAGE_FAULT_INSTRUCTION) != 0) {
            return Access.EXECUTE;
        }
        return (errorCode & PAGE_FAULT_WRITE) != 0 ? Access.WRITE : Access.READ;
    }

    private Exit trapped(HostFrame frame) {
        int number = frame.number();
        if (frame.architecture() != SeccompProgram.AUDIT_ARCH_X86_64) {
            // int 0x80 as on a kernel without CONFIG_IA32_EMULATION: a general protection fault at
            // the instruction
            registers.stopped(-1);
            long behind = registers.get(UserRegs.RIP);
            registers.set(UserRegs.RIP, behind - SYSCALL_INSTRUCTION_BYTES);
            return new Exit.GuestSignal(Signals.SIGSEGV, SI_KERNEL, 0);
        }
        registers.stopped(number);
        syscall.read(number, registers);
        return syscall;
    }

    CpuPlacement.Placed placed() {
        return placed;
    }

    /** Whether the last exit was a call in shared memory. */
    boolean isCalled() {
        GuestThread here = thread;
        return here != null && here.isCalled();
    }

    Slot slot() {
        return Objects.requireNonNull(thread).slot();
    }

    boolean isInGuest() {
        return inGuest;
    }

    @Override
    public Registers registers() {
        return registers;
    }

    @Override
    public int fpStateBytes() {
        return fpState.bytes();
    }

    @Override
    public void saveFpState(byte[] target) {
        GuestThread here = thread;
        if (here == null || fpState.isWaiting()) {
            fpState.saveWaiting(target);
            return;
        }
        try {
            registers.fetchOrThrow();
            fpState.save(here.frame(), target);
        } catch (StubLostException e) {
            // the next run says so; until then the state is that of a new program
            fpState.reset();
            fpState.save(here.frame(), target);
        }
    }

    @Override
    public void loadFpState(byte[] source) {
        fpState.load(source);
    }

    @Override
    public void resetFpState() {
        fpState.reset();
    }

    @Override
    public void setDebugRegisters(DebugRegisters wanted) {
        watching.set(wanted.below(session.maxUserAddress()));
    }

    @Override
    public long debugStatus() {
        return watching.status();
    }

    @Override
    public void interrupt() {
        interrupted = true;
        GuestThread here = thread;
        if (inGuest && here != null) {
            // a thread that leaves the guest at this moment hands over when it runs next
            here.interrupt();
        }
    }

    @Override
    public void awoke(Thread waker) {
        session.placement().awoke(placed, waker);
    }

    @Override
    public void prefer(int nice, long cpus) {
        session.placement().prefer(placed, nice, cpus);
    }

    @Override
    public long guestTimeNs() {
        TrapSpace here = space;
        GuestThread runner = thread;
        return here == null || runner == null
                ? formerTimeNs
                : formerTimeNs + Math.max(0, usedNs(here, runner) - formerContextsNs);
    }

    /** Far cheaper for a process whose only guest thread this is. */
    private long usedNs(TrapSpace here, GuestThread runner) {
        return here.hasOneThreadEver()
                ? session.processes().processCpuTimeNs(here.processId())
                : session.processes().threadCpuTimeNs(runner.tid());
    }

    @Override
    public void close() {
        leave();
        session.placement().release(placed);
    }
}
