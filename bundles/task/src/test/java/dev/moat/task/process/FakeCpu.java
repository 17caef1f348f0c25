package dev.moat.task.process;

import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Registers;
import dev.moat.api.platform.RunMode;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a {@link GuestProgram}. */
final class FakeCpu implements ExecutionContext, Registers {
    private static final int FP_BYTES = 512;
    private static final int[] ARGUMENTS = {
        UserRegs.RDI, UserRegs.RSI, UserRegs.RDX, UserRegs.R10, UserRegs.R8, UserRegs.R9
    };

    private final GuestProgram program;
    private final long[] registers = new long[UserRegs.COUNT];
    private byte[] fpState = new byte[FP_BYTES];
    private final AtomicBoolean interrupted = new AtomicBoolean();
    volatile boolean closed;
    volatile DebugRegisters debugRegisters = DebugRegisters.NONE;

    FakeCpu(GuestProgram program) {
        this.program = program;
    }

    FakeCpu(GuestProgram program, ContextState state) {
        this.program = program;
        copyFrom(state.registers());
        loadFpState(state.fpState());
    }

    void prepareCall(int number, long... arguments) {
        registers[UserRegs.RAX] = number;
        for (int i = 0; i < arguments.length; i++) {
            registers[ARGUMENTS[i]] = arguments[i];
        }
    }

    Exit systemCall() {
        int number = (int) registers[UserRegs.RAX];
        return new Exit.SyscallEntry() {
            @Override
            public int number() {
                return number;
            }

            @Override
            public long argument(int index) {
                return registers[ARGUMENTS[index]];
            }
        };
    }

    /** A fault of the kind that memory management is asked about. */
    static Exit fault(long address) {
        return new Exit.Fault(address, Access.WRITE, false);
    }

    static Exit divideByZero(long address) {
        return new Exit.GuestSignal(Signals.SIGFPE, SignalCodes.FPE_INTDIV, address);
    }

    @Override
    public Exit run(AddressSpace space, RunMode mode) {
        while (!interrupted.getAndSet(false)) {
            long rip = registers[UserRegs.RIP];
            if (!program.contains(rip)) {
                return new Exit.Fault(rip, Access.EXECUTE, false);
            }
            registers[UserRegs.RIP] = rip + GuestProgram.STEP_BYTES;
            Exit exit = program.at(rip).run(this);
            if (exit != null) {
                return exit;
            }
        }
        return Exit.Interrupted.INSTANCE;
    }

    @Override
    public Registers registers() {
        return this;
    }

    @Override
    public int fpStateBytes() {
        return FP_BYTES;
    }

    @Override
    public void saveFpState(byte[] target) {
        System.arraycopy(fpState, 0, target, 0, FP_BYTES);
    }

    @Override
    public void loadFpState(byte[] source) {
        fpState = Arrays.copyOf(source, FP_BYTES);
    }

    @Override
    public void resetFpState() {
        fpState = new byte[FP_BYTES];
    }

    @Override
    public void setDebugRegisters(DebugRegisters registers) {
        debugRegisters = registers;
    }

    @Override
    public long debugStatus() {
        return DebugRegisters.IDLE_STATUS;
    }

    @Override
    public void interrupt() {
        interrupted.set(true);
    }

    @Override
    public long guestTimeNs() {
        return 0;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long get(int index) {
        return registers[index];
    }

    @Override
    public void set(int index, long value) {
        registers[index] = value;
    }

    @Override
    public void copyTo(long[] target) {
        System.arraycopy(registers, 0, target, 0, UserRegs.COUNT);
    }

    @Override
    public void copyFrom(long[] source) {
        System.arraycopy(source, 0, registers, 0, UserRegs.COUNT);
    }
}
