package dev.moat.task.signal;

import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;

/**
 * What the signal frame tells of the last fault.
 *
 * @param trapNumber x86 vector: 14 page fault, 13 general protection...
 * @param errorCode as the CPU pushes it: bit 0 present, bit 1 write, bit 2 user, bit 4 fetch
 * @param address cr2
 */
public record FaultDetail(long trapNumber, long errorCode, long address) {
    /** Before the first fault. */
    public static final FaultDetail NONE = new FaultDetail(0, 0, 0);

    /**
     * What is known of an exception other than a page fault from its signal; the vectors of
     * arch/x86/include/asm/trapnr.h.
     */
    public static FaultDetail ofTrap(int signal, int code) {
        long vector =
                switch (signal) {
                    case Signals.SIGTRAP -> code == SignalCodes.SI_KERNEL ? 3 : 1;
                    case Signals.SIGILL -> 6;
                    case Signals.SIGFPE -> code == SignalCodes.FPE_INTDIV ? 0 : 19;
                    case Signals.SIGBUS -> 17;
                    default -> 13;
                };
        return new FaultDetail(vector, 0, 0);
    }
}
