package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.abi.StackT;
import dev.moat.abi.UContext;
import dev.moat.abi.UserRegs;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.signal.SignalFrame;
import java.lang.foreign.MemorySegment;

/** {@code sigaction(2)}, {@code sigaltstack(2)}, {@code sigreturn(2)}. */
final class SigactionCalls {
    private static final long KEPT_FLAGS =
            Signals.SA_NOCLDSTOP
                    | Signals.SA_NOCLDWAIT
                    | Signals.SA_SIGINFO
                    | Signals.SA_ONSTACK
                    | Signals.SA_RESTART
                    | Signals.SA_NODEFER
                    | Signals.SA_RESETHAND
                    | Signals.SA_EXPOSE_TAGBITS
                    | Signals.SA_RESTORER;

    @Syscall(nr = 13, name = "rt_sigaction")
    long rtSigaction(Task task, int signal, long newAddr, long oldAddr, long setSize) {
        if (setSize != Signals.SIGSET_SIZE) {
            throw Errno.EINVAL.exception();
        }
        SigAction replacement = newAddr == 0 ? null : readAction(task, newAddr);
        boolean unchangeable = signal == Signals.SIGKILL || signal == Signals.SIGSTOP;
        if (!Signals.isValid(signal) || unchangeable && replacement != null) {
            throw Errno.EINVAL.exception();
        }
        SigAction old = GuestTask.of(task).signals().exchangeAction(signal, replacement);
        if (oldAddr != 0) {
            MemorySegment struct = Structs.allocate(SigAction.SIZE);
            old.writeTo(struct, 0);
            Structs.copyOut(task.user(), oldAddr, struct);
        }
        return 0;
    }

    @Syscall(nr = 131, name = "sigaltstack")
    long sigaltstack(Task task, long newAddr, long oldAddr) {
        GuestTask guest = GuestTask.of(task);
        long stackPointer = guest.registers().get(UserRegs.RSP);
        StackT old = guest.alternateStack().describe(stackPointer);
        if (newAddr != 0) {
            StackT wanted = StackT.readFrom(Structs.copyIn(task.user(), newAddr, StackT.SIZE), 0);
            guest.alternateStack().set(wanted, stackPointer);
        }
        if (oldAddr != 0) {
            MemorySegment struct = Structs.allocate(StackT.SIZE);
            old.writeTo(struct, 0);
            Structs.copyOut(task.user(), oldAddr, struct);
        }
        return 0;
    }

    @Syscall(nr = 15, name = "rt_sigreturn")
    long rtSigreturn(Task task) {
        GuestTask guest = GuestTask.of(task);
        try {
            UContext context = SignalFrame.read(guest.context(), task.user());
            guest.signals().setBlocked(context.signalMask());
            SignalFrame.restore(guest.context(), task.user(), context.registers());
            guest.alternateStack().restore(context.stack(), guest.registers().get(UserRegs.RSP));
        } catch (ErrnoException e) {
            guest.registers().set(UserRegs.RAX, 0);
            guest.signals().force(SigInfo.kernel(Signals.SIGSEGV));
        }
        guest.registersReplaced();
        return 0;
    }

    private static SigAction readAction(Task task, long userAddr) {
        SigAction given =
                SigAction.readFrom(Structs.copyIn(task.user(), userAddr, SigAction.SIZE), 0);
        long unblockable = Signals.mask(Signals.SIGKILL) | Signals.mask(Signals.SIGSTOP);
        return new SigAction(
                given.handler(),
                given.flags() & KEPT_FLAGS,
                given.restorer(),
                given.mask() & ~unblockable);
    }
}
