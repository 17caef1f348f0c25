package dev.moat.task.process;

import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.task.signal.FaultDetail;
import java.util.Optional;

/** Serves what guest code causes other than system calls: page faults and traps. */
@Stateful
final class Faults {
    /** x86 exception vectors for the signal frame. */
    private static final int TRAP_PAGE_FAULT = 14;

    private final TaskServices services;
    private final GuestTask task;

    Faults(TaskServices services, GuestTask task) {
        this.services = services;
        this.task = task;
    }

    /** Makes the memory present, or tells the task with a signal. On its own thread. */
    void serve(ExecutionContext guest, Exit.Fault fault) {
        task.tracing().registers().forgetCall();
        long rip = guest.registers().get(UserRegs.RIP);
        MemoryManager.FaultResult result =
                task.memory().handleFault(fault.address(), fault.access(), fault.mapped(), rip);
        switch (result) {
            case RESOLVED -> {}
            case NOT_MAPPED -> faultSignal(fault, Signals.SIGSEGV, SignalCodes.SEGV_MAPERR);
            case NOT_PERMITTED -> faultSignal(fault, Signals.SIGSEGV, SignalCodes.SEGV_ACCERR);
            case BUS_ERROR -> faultSignal(fault, Signals.SIGBUS, SignalCodes.BUS_ADRERR);
            case USER_FAULT -> awaitUser(fault);
            case OUT_OF_MEMORY -> outOfMemory();
        }
    }

    /**
     * Waits until somebody has given the page; then the guest tries again. It does so, too, if a
     * signal or the safe point wants it first.
     */
    private void awaitUser(Exit.Fault fault) {
        Optional<UserFault> begun =
                task.memory()
                        .beginUserFault(
                                fault.address(),
                                fault.access(),
                                fault.mapped(),
                                task.pids().seen(task.tid()));
        if (begun.isEmpty()) {
            return;
        }
        UserFault waiting = begun.get();
        try {
            task.blocker()
                    .block(
                            waiting.queue(),
                            () -> waiting.isOver() || task.signals().safePointAsks(),
                            Blocker.FOREVER);
            if (waiting.isOver() && waiting.hasFailed()) {
                faultSignal(fault, Signals.SIGBUS, SignalCodes.BUS_ADRERR);
            }
        } finally {
            waiting.end();
        }
    }

    /**
     * The fault cannot be served; unless the OOM killer has chosen this process already, it ends
     * now.
     */
    private void outOfMemory() {
        if (task.group().exitStatus() != null) {
            return;
        }
        services.sandbox()
                .log("Out of memory: Killed process " + task.tgid() + " (" + task.name() + ")");
        services.sender().kill(task.group(), ExitStatus.killed(Signals.SIGKILL));
    }

    private void faultSignal(Exit.Fault fault, int signal, int code) {
        long error = 4;
        if (fault.mapped()) {
            error |= 1;
        }
        if (fault.access() == Access.WRITE) {
            error |= 2;
        }
        if (fault.access() == Access.EXECUTE) {
            error |= 16;
        }
        task.setLastFault(new FaultDetail(TRAP_PAGE_FAULT, error, fault.address()));
        task.signals().force(SigInfo.fault(signal, code, fault.address()));
    }

    /** Tells the task of a trap. On its own thread. */
    void signal(ExecutionContext guest, Exit.GuestSignal signal) {
        if (signal.signal() == Signals.SIGTRAP) {
            noteTrap(guest, signal.code());
        }
        task.tracing().registers().forgetCall();
        task.setLastFault(FaultDetail.ofTrap(signal.signal(), signal.code()));
        task.signals().force(SigInfo.fault(signal.signal(), signal.code(), signal.address()));
    }

    /** exc_debug_user, arch/x86/kernel/traps.c: a tracer may ask what it was. */
    private void noteTrap(ExecutionContext guest, int code) {
        TracedDebugRegisters debug = task.tracing().registers().debug();
        boolean debugs = code == SignalCodes.TRAP_HWBKPT || code == SignalCodes.TRAP_TRACE;
        if (debugs && debug.current().isNone()) {
            debug.setStatus(DebugRegisters.IDLE_STATUS | DebugRegisters.STEP_STATUS);
        } else if (debugs) {
            debug.setStatus(guest.debugStatus());
        }
    }
}
