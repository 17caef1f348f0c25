package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Exit;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A system call of the guest, in {@code struct ptrace_syscall_info}: one per context, filled at
 * each stop.
 */
final class SyscallStop implements Exit.SyscallEntry {
    private static final int OPERATION = 0;
    private static final int ARCHITECTURE = 4;
    private static final int NUMBER = 24;
    private static final int ARGUMENTS = 32;
    private static final int BYTES = 88;

    private static final byte PTRACE_SYSCALL_INFO_ENTRY = 1;
    private static final int AUDIT_ARCH_X86_64 = 0xc000003e;

    private final MemorySegment info;

    SyscallStop(SegmentAllocator memory) {
        info = memory.allocate(BYTES, 8);
    }

    /** Reads the stop; false if it is no system call of x86-64 (32-bit {@code int 0x80}). */
    boolean read(Tracee thread) throws StubLostException {
        thread.readSyscallInfo(info);
        return info.get(JAVA_BYTE, OPERATION) == PTRACE_SYSCALL_INFO_ENTRY
                && info.get(JAVA_INT, ARCHITECTURE) == AUDIT_ARCH_X86_64;
    }

    /** A call through the vsyscall page: two arguments at most. */
    void fill(int number, GuestRegisters registers) {
        info.set(JAVA_LONG, NUMBER, number);
        info.set(JAVA_LONG, ARGUMENTS, registers.get(UserRegs.RDI));
        info.set(JAVA_LONG, ARGUMENTS + 8, registers.get(UserRegs.RSI));
    }

    @Override
    public int number() {
        return info.get(JAVA_INT, NUMBER);
    }

    @Override
    public long argument(int index) {
        return info.get(JAVA_LONG, ARGUMENTS + index * 8L);
    }
}
