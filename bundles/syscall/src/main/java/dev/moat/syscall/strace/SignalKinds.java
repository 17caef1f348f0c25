package dev.moat.syscall.strace;

import static dev.moat.abi.Signals.SIGBUS;
import static dev.moat.abi.Signals.SIGCHLD;
import static dev.moat.abi.Signals.SIGFPE;
import static dev.moat.abi.Signals.SIGILL;
import static dev.moat.abi.Signals.SIGRTMIN;
import static dev.moat.abi.Signals.SIGSEGV;
import static dev.moat.abi.Signals.SIGTRAP;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.StackT;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Signals, masks, actions. */
final class SignalKinds {
    private static final SymbolSet CHILD_CODES = SymbolSet.choice(SignalCodes.class, "CLD_");
    private static final SymbolSet FAULT_CODES = SymbolSet.choice(SignalCodes.class, "SEGV_");
    private static final SymbolSet BUS_CODES = SymbolSet.choice(SignalCodes.class, "BUS_");
    private static final SymbolSet ILLEGAL_CODES = SymbolSet.choice(SignalCodes.class, "ILL_");
    private static final SymbolSet FLOAT_CODES = SymbolSet.choice(SignalCodes.class, "FPE_");
    private static final SymbolSet TRAP_CODES = SymbolSet.choice(SignalCodes.class, "TRAP_");
    private static final SymbolSet CODES = SymbolSet.choice(SignalCodes.class, "SI_");
    private static final SymbolSet STACK_FLAGS = SymbolSet.flags(Signals.class, "SS_");

    private SignalKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put("signal", (out, call, i) -> signal(out, (int) call.argument(i)));
        kinds.put(
                "sigset",
                (out, call, i) ->
                        Arrays.struct(
                                out,
                                call,
                                call.argument(i),
                                Long.BYTES,
                                (text, memory, at) ->
                                        mask(text, memory.get(JAVA_LONG_UNALIGNED, at))));
        struct(kinds, "sigaction", SigAction.SIZE, SignalKinds::action);
        struct(
                kinds,
                "siginfo",
                SigInfo.SIZE,
                (out, memory, at) -> info(out, SigInfo.readFrom(memory, at)));
        struct(kinds, "stackt", StackT.SIZE, SignalKinds::stack);
    }

    private static void struct(
            Map<String, ArgumentKind> kinds, String name, long size, Arrays.Element element) {
        kinds.put(
                name, (out, call, i) -> Arrays.struct(out, call, call.argument(i), size, element));
    }

    static void signal(StringBuilder out, int signal) {
        if (signal >= SIGRTMIN && signal <= Signals.SIGRTMAX) {
            out.append(signal == SIGRTMIN ? "SIGRTMIN" : "SIGRT_" + (signal - SIGRTMIN));
        } else if (signal == 0) {
            out.append('0');
        } else {
            Symbols.SIGNAL.print(out, signal);
        }
    }

    /** {@code {si_signo=SIGCHLD, si_code=CLD_EXITED, ...}}. */
    static void info(StringBuilder out, SigInfo info) {
        out.append("{si_signo=");
        signal(out, info.signal());
        out.append(", si_code=");
        code(out, info);
        boolean fromKernel = info.code() > 0 && info.code() != SignalCodes.SI_KERNEL;
        if (fromKernel && info.signal() == SIGCHLD) {
            out.append(", si_pid=").append(info.pid()).append(", si_uid=").append(info.uid());
            out.append(", si_status=");
            if (info.code() == SignalCodes.CLD_EXITED) {
                out.append(info.status());
            } else {
                signal(out, info.status());
            }
            out.append(", si_utime=").append(info.userTicks());
            out.append(", si_stime=").append(info.systemTicks());
        } else if (fromKernel) {
            out.append(", si_addr=");
            Text.pointer(out, info.address());
        } else if (info.code() == SignalCodes.SI_TIMER) {
            out.append(", si_timerid=").append(info.timerId());
            out.append(", si_overrun=").append(info.overrun());
        } else if (info.code() != SignalCodes.SI_KERNEL) {
            out.append(", si_pid=").append(info.pid()).append(", si_uid=").append(info.uid());
        }
        out.append('}');
    }

    private static void code(StringBuilder out, SigInfo info) {
        SymbolSet set =
                switch (info.signal()) {
                    case SIGCHLD -> CHILD_CODES;
                    case SIGSEGV -> FAULT_CODES;
                    case SIGBUS -> BUS_CODES;
                    case SIGILL -> ILLEGAL_CODES;
                    case SIGFPE -> FLOAT_CODES;
                    case SIGTRAP -> TRAP_CODES;
                    default -> CODES;
                };
        boolean general = info.code() <= 0 || info.code() == SignalCodes.SI_KERNEL;
        (general ? CODES : set).print(out, info.code() & 0xffff_ffffL);
    }

    /** {@code [INT CHLD]}; a mask with most bits set is shown by what it lacks: {@code ~[INT]}. */
    static void mask(StringBuilder out, long mask) {
        boolean inverted = Long.bitCount(mask) > 32;
        long shown = inverted ? ~mask : mask;
        out.append(inverted ? "~[" : "[");
        String separator = "";
        for (int signal = 1; signal <= Signals.SIGRTMAX; signal++) {
            if ((shown & 1L << signal - 1) != 0) {
                out.append(separator);
                int start = out.length();
                signal(out, signal);
                out.delete(start, start + 3); // without SIG
                separator = " ";
            }
        }
        out.append(']');
    }

    private static void action(StringBuilder out, MemorySegment memory, long at) {
        SigAction action = SigAction.readFrom(memory, at);
        out.append("{sa_handler=");
        if (action.handler() == Signals.SIG_DFL) {
            out.append("SIG_DFL");
        } else if (action.handler() == Signals.SIG_IGN) {
            out.append("SIG_IGN");
        } else {
            Text.hex(out, action.handler());
        }
        out.append(", sa_mask=");
        mask(out, action.mask());
        out.append(", sa_flags=");
        Symbols.SIGACTION_FLAGS.print(out, action.flags());
        if ((action.flags() & Signals.SA_RESTORER) != 0) {
            out.append(", sa_restorer=");
            Text.hex(out, action.restorer());
        }
        out.append('}');
    }

    private static void stack(StringBuilder out, MemorySegment memory, long at) {
        StackT stack = StackT.readFrom(memory, at);
        out.append("{ss_sp=");
        Text.pointer(out, stack.base());
        out.append(", ss_flags=");
        STACK_FLAGS.print(out, stack.flags() & 0xffff_ffffL);
        out.append(", ss_size=").append(stack.sizeBytes()).append('}');
    }
}
