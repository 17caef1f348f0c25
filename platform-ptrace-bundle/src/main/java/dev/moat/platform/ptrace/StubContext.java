package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Registers;
import dev.moat.api.platform.RunMode;
import dev.moat.lib.cpu.CpuPlacement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/** One guest thread: a thread of a stub process, traced by the task's Java thread. */
final class StubContext implements ExecutionContext {
    private static final int PTRACE_SYSEMU = 31;
    private static final int PTRACE_SYSEMU_SINGLESTEP = 32;

    /** Ignored by default, so that it cannot hurt a thread that was let go a moment ago. */
    private static final int INTERRUPT_SIGNAL = 23;

    /** What everything but the floating-point state takes of native memory, with alignment. */
    private static final int NATIVE_BYTES = 1024;

    private static final int FP_ALIGNMENT = 64;
    private static final int SIGINFO_BYTES = 128;
    private static final int SI_CODE = 8;
    private static final int SI_ADDRESS = 16;
    private static final int SI_SYSCALL = 24;

    /** {@code si_code} of general protection faults and {@code int3}. */
    private static final int SI_KERNEL = 0x80;

    private static final int SEGV_MAPERR = 1;
    private static final int SEGV_ACCERR = 2;

    /** {@code VSYSCALL_ADDR}, arch/x86/include/uapi/asm/vsyscall.h. */
    private static final long VSYSCALL_PAGE = 0xffffffffff600000L;

    private static final int SYSCALL_INSTRUCTION_BYTES = 2;

    private final PtraceSession session;
    private final CpuPlacement.Placed placed;
    private final Thread owner;
    private final Tracee thread;
    private final GuestRegisters registers;
    private final GuestFpState fpState;
    private final AccessDecoder decoder;
    private final SyscallStop syscall;
    private final MemorySegment signalInfo;
    private final Watching watching;

    /**
     * Written by the owner, read by {@link #interrupt} and {@link StubSpace#sync} on any thread.
     */
    private volatile boolean inGuest;

    /** Written by any thread, cleared by the owner. */
    private volatile boolean interrupted;

    /** Guest time of stub threads that this context had before. */
    private volatile long formerTimeNs;

    /** Written by the owner; read by others for the CPU time. */
    private volatile @Nullable StubSpace space;

    StubContext(PtraceSession session) {
        this.session = session;
        owner = Thread.currentThread();
        FpLayout layout = session.fpLayout();
        // one block, freed by the collector together with this
        SegmentAllocator memory =
                SegmentAllocator.slicingAllocator(
                        Arena.ofAuto()
                                .allocate(NATIVE_BYTES + layout.registerSetBytes(), FP_ALIGNMENT));
        thread = session.newTracee(memory);
        registers = new GuestRegisters(thread, memory);
        fpState = new GuestFpState(session.processes(), thread, layout, memory);
        decoder = new AccessDecoder(thread, registers, memory);
        syscall = new SyscallStop(memory);
        signalInfo = memory.allocate(SIGINFO_BYTES, 8);
        watching = new Watching(thread, memory);
        placed = session.placement().place();
    }

    @Override
    public Exit run(AddressSpace target, RunMode mode) {
        StubSpace here = (StubSpace) target;
        try {
            if (here != space) {
                move(here);
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
                if (here.hasPendingChanges()) {
                    inGuest = false;
                    prepareDetour();
                    here.apply(thread);
                    continue;
                }
                Exit exit = enterGuest(mode);
                if (exit != null) {
                    return exit;
                }
            }
        } catch (StubLostException e) {
            inGuest = false;
            return new Exit.Lost(e.getMessage() == null ? "" : e.getMessage());
        }
    }

    private void move(StubSpace here) throws StubLostException {
        if (space != null && thread.isAttached()) {
            registers.save();
            fpState.detach();
            formerTimeNs = guestTimeNs();
        }
        leave();
        here.bind(this, thread);
        space = here;
        // starts like one who was asleep
        awoke(Thread.currentThread());
    }

    /** Gives the stub thread back; the guest's state in it is lost. */
    private void leave() {
        StubSpace former = space;
        if (former != null) {
            space = null;
            session.placement().takeBack(placed);
            placed.stubTid = 0;
            watching.leave();
            former.unbind(this, thread);
        }
    }

    private @Nullable Exit enterGuest(RunMode mode) throws StubLostException {
        watching.flush();
        registers.flush();
        fpState.flush();
        placed.transitions++;
        thread.resume(mode == RunMode.CONTINUE ? PTRACE_SYSEMU : PTRACE_SYSEMU_SINGLESTEP);
        int status = thread.await();
        placed.transitions++;
        inGuest = false;
        registers.stopped();
        int signal = WaitStatus.stopSignal(status);
        if (signal == WaitStatus.SYSCALL_STOP) {
            return syscall.read(thread) ? syscall : refuseCompatCall();
        }
        return WaitStatus.event(status) == 0 ? signalled(signal) : null;
    }

    /**
     * {@code int 0x80} as on a kernel without CONFIG_IA32_EMULATION: a general protection fault at
     * the instruction.
     */
    private Exit refuseCompatCall() {
        registers.set(UserRegs.RIP, registers.get(UserRegs.RIP) - SYSCALL_INSTRUCTION_BYTES);
        registers.set(UserRegs.RAX, registers.get(UserRegs.ORIG_RAX));
        return new Exit.GuestSignal(WaitStatus.SIGSEGV, SI_KERNEL, 0);
    }

    /** Null for a signal that the guest did not cause: our interrupt, or somebody's kill(1). */
    private @Nullable Exit signalled(int signal) throws StubLostException {
        if (signal != WaitStatus.SIGTRAP && !WaitStatus.isFault(signal)) {
            return null;
        }
        thread.readSignalInfo(signalInfo);
        int code = signalInfo.get(JAVA_INT, SI_CODE);
        if (code <= 0) {
            return null;
        }
        if (signal == WaitStatus.SIGTRAP) {
            watching.trapped();
        }
        long address = signalInfo.get(JAVA_LONG, SI_ADDRESS);
        if (signal == WaitStatus.SIGSEGV && (code == SEGV_MAPERR || code == SEGV_ACCERR)) {
            long rip = registers.get(UserRegs.RIP);
            return new Exit.Fault(address, decoder.accessAt(rip, address), code == SEGV_ACCERR);
        }
        if (signal == WaitStatus.SIGSYS && (address & -StubLayout.PAGE_BYTES) == VSYSCALL_PAGE) {
            // the host has done the return to the caller already
            syscall.fill(signalInfo.get(JAVA_INT, SI_SYSCALL), registers);
            return syscall;
        }
        return new Exit.GuestSignal(signal, code, address);
    }

    /** Saves what the stub's own code is going to overwrite. Owner only. */
    void prepareDetour() throws StubLostException {
        registers.save();
    }

    /** The stub thread; for the owner, or for its number. */
    Tracee tracee() {
        return thread;
    }

    boolean isBoundTo(StubSpace other) {
        return space == other && thread.isAttached();
    }

    boolean isInGuest() {
        return inGuest;
    }

    CpuPlacement.Placed placed() {
        return placed;
    }

    Thread owner() {
        return owner;
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
        fpState.save(target);
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
        if (inGuest) {
            // a thread that leaves the guest at this moment drops the signal when it runs next
            session.processes().signalThread(thread.processId(), thread.tid(), INTERRUPT_SIGNAL);
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
        StubSpace here = space;
        int tid = thread.tid();
        if (here != null && here.hasOneContextEver()) {
            return formerTimeNs
                    + Math.max(0, session.processes().processCpuTimeNs(here.processId()));
        }
        return formerTimeNs
                + (tid == 0 ? 0 : Math.max(0, session.processes().threadCpuTimeNs(tid)));
    }

    @Override
    public void close() {
        leave();
        session.placement().release(placed);
        session.forget(this);
    }
}
