package dev.moat.platform.trap;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Exit;

/** A system call of the guest: one per context, filled at each. */
final class SyscallExit implements Exit.SyscallEntry {
    private static final int[] ARGUMENTS = {
        UserRegs.RDI, UserRegs.RSI, UserRegs.RDX, UserRegs.R10, UserRegs.R8, UserRegs.R9
    };

    private final long[] arguments = new long[ARGUMENTS.length];
    private int number;

    /** A call that was notified. */
    void read(GuestThread thread) {
        number = thread.number();
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = thread.argument(i);
        }
    }

    /** A call that came by signal. */
    void read(int callNumber, TrapRegisters registers) {
        number = callNumber;
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = registers.get(ARGUMENTS[i]);
        }
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public long argument(int index) {
        return arguments[index];
    }
}
