package dev.moat.task.signal;

import dev.moat.abi.Errno;
import dev.moat.abi.RtSigframe;
import dev.moat.abi.SigAction;
import dev.moat.abi.SigContext;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.abi.StackT;
import dev.moat.abi.UContext;
import dev.moat.abi.UserRegs;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Registers;
import java.lang.foreign.MemorySegment;

/**
 * The frame on the guest's stack while a signal handler runs: {@code struct rt_sigframe} with the
 * floating-point state above it. Source: arch/x86/kernel/signal.c and signal_64.c.
 */
public final class SignalFrame {
    private static final int FP_ALIGNMENT = 64;

    /** User code and stack segments; arch/x86/include/asm/segment.h. */
    private static final long USER_CS = 0x33;

    private static final long USER_DS = 0x2b;

    private static final long EFLAGS_TF = 0x100;
    private static final long EFLAGS_DF = 0x400;
    private static final long EFLAGS_RF = 0x10000;

    /** What rt_sigreturn takes from the frame: AC OF DF TF SF ZF AF PF CF RF; FIX_EFLAGS. */
    private static final long EFLAGS_RESTORED = 0x40000 | 0x10000 | 0x800 | 0x400 | 0x100 | 0xd5;

    private SignalFrame() {}

    /**
     * What the handler shall find and what comes back afterwards.
     *
     * @param savedMask the signal mask that rt_sigreturn restores
     */
    public record Setup(SigAction action, SigInfo info, long savedMask, FaultDetail fault) {}

    /**
     * Pushes a frame and points the registers at the handler.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT if the stack cannot take it or the action has no
     *     restorer: the registers are unchanged and the caller forces SIGSEGV
     */
    public static void push(
            ExecutionContext context, UserMemory user, AlternateStack stack, Setup setup) {
        SigAction action = setup.action();
        if ((action.flags() & Signals.SA_RESTORER) == 0) {
            throw Errno.EFAULT.exception();
        }
        Registers registers = context.registers();
        long oldStackPointer = registers.get(UserRegs.RSP);
        int fpBytes = context.fpStateBytes();
        long top = stackTop(stack, action, oldStackPointer);
        long fpAddr = (top - FloatingPointFrame.sizeBytes(fpBytes)) & -FP_ALIGNMENT;
        long frameAddr = ((fpAddr - RtSigframe.SIZE) & -16L) - 8;
        checkRoom(stack, action, oldStackPointer, frameAddr);
        FloatingPointFrame.write(context, user, fpAddr);
        long flags = UContext.UC_SIGCONTEXT_SS | UContext.UC_STRICT_RESTORE_SS;
        if (FloatingPointFrame.isExtended(fpBytes)) {
            flags |= UContext.UC_FP_XSTATE;
        }
        StackT described =
                new StackT(
                        stack.stack().base(),
                        stackFlags(stack, oldStackPointer),
                        stack.stack().sizeBytes());
        UContext uc =
                new UContext(
                        flags,
                        0,
                        described,
                        saveRegisters(registers, setup, fpAddr),
                        setup.savedMask());
        MemorySegment frame = MemorySegment.ofArray(new byte[(int) RtSigframe.SIZE]);
        new RtSigframe(action.restorer(), uc, setup.info()).writeTo(frame, 0);
        user.copyOut(frameAddr, frame, 0, RtSigframe.SIZE);
        enterHandler(registers, setup, frameAddr);
        context.resetFpState();
    }

    /**
     * Reads the frame below the stack pointer: mask and alternate stack are the caller's business.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT: the caller forces SIGSEGV
     */
    public static UContext read(ExecutionContext context, UserMemory user) {
        long frameAddr = context.registers().get(UserRegs.RSP) - 8;
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) UContext.SIZE]);
        user.copyIn(frameAddr + RtSigframe.CONTEXT_OFFSET, bytes, 0, UContext.SIZE);
        return UContext.readFrom(bytes, 0);
    }

    /**
     * Restores registers and floating-point state; the registers also if the state cannot be
     * loaded, which is then the initial one: restore_sigcontext.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT, EINVAL: the caller forces SIGSEGV
     */
    public static void restore(ExecutionContext context, UserMemory user, SigContext saved) {
        restoreRegisters(context.registers(), saved);
        boolean loaded = false;
        try {
            FloatingPointFrame.read(context, user, saved.fpstate());
            loaded = true;
        } finally {
            if (!loaded) {
                context.resetFpState();
            }
        }
    }

    private static int stackFlags(AlternateStack stack, long stackPointer) {
        return stack.describe(stackPointer).flags();
    }

    private static long stackTop(AlternateStack stack, SigAction action, long stackPointer) {
        boolean wanted = (action.flags() & Signals.SA_ONSTACK) != 0;
        // SS_AUTODISARM: isOn() is false even there, so that a nested signal starts at the top
        // again.
        if (wanted && stack.isEnabled() && !stack.isOn(stackPointer)) {
            return stack.top();
        }
        return stackPointer - RtSigframe.RED_ZONE;
    }

    /** Linux gives SIGSEGV rather than let a frame run out of the alternate stack. */
    private static void checkRoom(
            AlternateStack stack, SigAction action, long oldStackPointer, long frameAddr) {
        boolean nested = stack.isOn(oldStackPointer);
        boolean entering =
                !nested && (action.flags() & Signals.SA_ONSTACK) != 0 && stack.isEnabled();
        if ((nested || entering) && !stack.contains(frameAddr)) {
            throw Errno.EFAULT.exception();
        }
    }

    private static SigContext saveRegisters(Registers r, Setup setup, long fpAddr) {
        return new SigContext(
                r.get(UserRegs.R8),
                r.get(UserRegs.R9),
                r.get(UserRegs.R10),
                r.get(UserRegs.R11),
                r.get(UserRegs.R12),
                r.get(UserRegs.R13),
                r.get(UserRegs.R14),
                r.get(UserRegs.R15),
                r.get(UserRegs.RDI),
                r.get(UserRegs.RSI),
                r.get(UserRegs.RBP),
                r.get(UserRegs.RBX),
                r.get(UserRegs.RDX),
                r.get(UserRegs.RAX),
                r.get(UserRegs.RCX),
                r.get(UserRegs.RSP),
                r.get(UserRegs.RIP),
                r.get(UserRegs.EFLAGS),
                (int) USER_CS,
                0,
                0,
                (int) USER_DS,
                setup.fault().errorCode(),
                setup.fault().trapNumber(),
                setup.savedMask(),
                setup.fault().address(),
                fpAddr);
    }

    private static void enterHandler(Registers r, Setup setup, long frameAddr) {
        r.set(UserRegs.RDI, setup.info().signal());
        r.set(UserRegs.RAX, 0);
        r.set(UserRegs.RSI, frameAddr + RtSigframe.INFO_OFFSET);
        r.set(UserRegs.RDX, frameAddr + RtSigframe.CONTEXT_OFFSET);
        r.set(UserRegs.RIP, setup.action().handler());
        r.set(UserRegs.RSP, frameAddr);
        long flags = r.get(UserRegs.EFLAGS);
        r.set(UserRegs.EFLAGS, flags & ~(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF));
    }

    private static void restoreRegisters(Registers r, SigContext saved) {
        r.set(UserRegs.R8, saved.r8());
        r.set(UserRegs.R9, saved.r9());
        r.set(UserRegs.R10, saved.r10());
        r.set(UserRegs.R11, saved.r11());
        r.set(UserRegs.R12, saved.r12());
        r.set(UserRegs.R13, saved.r13());
        r.set(UserRegs.R14, saved.r14());
        r.set(UserRegs.R15, saved.r15());
        r.set(UserRegs.RDI, saved.rdi());
        r.set(UserRegs.RSI, saved.rsi());
        r.set(UserRegs.RBP, saved.rbp());
        r.set(UserRegs.RBX, saved.rbx());
        r.set(UserRegs.RDX, saved.rdx());
        r.set(UserRegs.RAX, saved.rax());
        r.set(UserRegs.RCX, saved.rcx());
        r.set(UserRegs.RSP, saved.rsp());
        r.set(UserRegs.RIP, saved.rip());
        long kept = r.get(UserRegs.EFLAGS) & ~EFLAGS_RESTORED;
        r.set(UserRegs.EFLAGS, kept | saved.rflags() & EFLAGS_RESTORED);
    }
}
