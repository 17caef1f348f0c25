package dev.moat.task.process;

import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.platform.Exit;

/** Exception vectors of the CPU, as a signal frame tells them; arch/x86/include/asm/trapnr.h. */
final class TrapNumbers {
    static final int PAGE_FAULT = 14;

    private static final int DIVIDE_ERROR = 0;
    private static final int DEBUG = 1;
    private static final int BREAKPOINT = 3;
    private static final int OVERFLOW = 4;
    private static final int INVALID_OPCODE = 6;
    private static final int GENERAL_PROTECTION = 13;
    private static final int ALIGNMENT_CHECK = 17;
    private static final int SIMD_EXCEPTION = 19;

    private TrapNumbers() {}

    /** The exception behind a signal that the platform reports. */
    static int of(Exit.GuestSignal signal) {
        return switch (signal.signal()) {
            case Signals.SIGTRAP ->
                    signal.code() == SignalCodes.TRAP_TRACE
                                    || signal.code() == SignalCodes.TRAP_HWBKPT
                            ? DEBUG
                            : BREAKPOINT;
            case Signals.SIGILL -> INVALID_OPCODE;
            case Signals.SIGFPE ->
                    switch (signal.code()) {
                        case SignalCodes.FPE_INTDIV -> DIVIDE_ERROR;
                        case SignalCodes.FPE_INTOVF -> OVERFLOW;
                        default -> SIMD_EXCEPTION;
                    };
            case Signals.SIGBUS -> ALIGNMENT_CHECK;
            default -> GENERAL_PROTECTION;
        };
    }
}
