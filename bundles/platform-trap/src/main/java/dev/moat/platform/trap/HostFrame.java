package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.XsaveImage;
import java.lang.foreign.MemorySegment;

/**
 * The signal frame that the host has put on a thread's alternate stack: {@code siginfo_t}, {@code
 * ucontext_t} and an XSAVE image. All of it may be the guest's invention.
 *
 * <p>Source: arch/x86/include/uapi/asm/sigcontext.h, asm-generic/ucontext.h, siginfo.h.
 */
final class HostFrame {
    private static final int SIGINFO_BYTES = 128;
    private static final int SI_CODE = 8;
    private static final int SI_ADDRESS = 16;
    private static final int SI_SYSCALL = 24;
    private static final int SI_ARCHITECTURE = 28;

    private static final int CONTEXT_BYTES = 304;
    private static final int MCONTEXT = 40;
    private static final int CODE_SEGMENT = MCONTEXT + 144;
    private static final int STACK_SEGMENT = MCONTEXT + 150;
    private static final int ERROR_CODE = MCONTEXT + 152;
    private static final int FP_STATE = MCONTEXT + 184;
    private static final int FP_ALIGNMENT = 64;

    /** {@code struct _fpx_sw_bytes} in the image: magic word, sizes, features. */
    private static final int SOFTWARE_BYTES = 464;

    private static final int SOFTWARE_END = 512;
    private static final int FP_XSTATE_MAGIC1 = 0x46505853;
    private static final int FP_XSTATE_MAGIC2 = 0x46505845;

    /** Registers in the order of {@code struct sigcontext}. */
    private static final int[] REGISTERS = {
        UserRegs.R8, UserRegs.R9, UserRegs.R10, UserRegs.R11, UserRegs.R12, UserRegs.R13,
        UserRegs.R14, UserRegs.R15, UserRegs.RDI, UserRegs.RSI, UserRegs.RBP, UserRegs.RBX,
        UserRegs.RDX, UserRegs.RAX, UserRegs.RCX, UserRegs.RSP, UserRegs.RIP, UserRegs.EFLAGS
    };

    private static final int R11 = MCONTEXT + 3 * 8;
    private static final int RAX = MCONTEXT + 13 * 8;
    private static final int RCX = MCONTEXT + 14 * 8;
    private static final int RIP = MCONTEXT + 16 * 8;
    private static final int EFLAGS = MCONTEXT + 17 * 8;

    private final MemorySegment memory;
    private final Slot slot;
    private int signal;
    private int info;
    private int context;

    /** Whether the base of gs is the slot's address where the guest has none. */
    private boolean slotInGs;

    HostFrame(Slot slot) {
        this.slot = slot;
        memory = slot.memory();
    }

    /** Takes what the handler got as arguments; false if that is not in the slot. */
    boolean find(long signalNumber, long infoAddress, long contextAddress) {
        signal = (int) signalNumber;
        info = slot.offsetOf(infoAddress, SIGINFO_BYTES, 8);
        context = slot.offsetOf(contextAddress, CONTEXT_BYTES, 8);
        return info >= 0 && context >= 0;
    }

    int signal() {
        return signal;
    }

    int code() {
        return memory.get(JAVA_INT, info + SI_CODE);
    }

    long address() {
        return memory.get(JAVA_LONG, info + SI_ADDRESS);
    }

    /** Of SIGSYS: the system call. */
    int number() {
        return memory.get(JAVA_INT, info + SI_SYSCALL);
    }

    /** Of SIGSYS: AUDIT_ARCH_... */
    int architecture() {
        return memory.get(JAVA_INT, info + SI_ARCHITECTURE);
    }

    /** Of a page fault: the hardware's error code. */
    long errorCode() {
        return memory.get(JAVA_LONG, context + ERROR_CODE);
    }

    /** Reads all registers that a frame holds; the others stay as they are. */
    void read(long[] registers) {
        for (int i = 0; i < REGISTERS.length; i++) {
            registers[REGISTERS[i]] = memory.get(JAVA_LONG, context + MCONTEXT + i * 8L);
        }
        registers[UserRegs.CS] = memory.get(JAVA_SHORT, context + CODE_SEGMENT) & 0xffffL;
        registers[UserRegs.SS] = memory.get(JAVA_SHORT, context + STACK_SEGMENT) & 0xffffL;
        registers[UserRegs.FS_BASE] = memory.get(JAVA_LONG, StubLayout.SLOT_FS_BASE);
        long gsBase = memory.get(JAVA_LONG, StubLayout.SLOT_GS_BASE);
        registers[UserRegs.GS_BASE] = gsBase == slot.address() ? 0 : gsBase;
    }

    void write(long[] registers) {
        for (int i = 0; i < REGISTERS.length; i++) {
            memory.set(JAVA_LONG, context + MCONTEXT + i * 8L, registers[REGISTERS[i]]);
        }
        memory.set(JAVA_SHORT, context + CODE_SEGMENT, (short) registers[UserRegs.CS]);
        memory.set(JAVA_SHORT, context + STACK_SEGMENT, (short) registers[UserRegs.SS]);
        memory.set(JAVA_LONG, StubLayout.SLOT_FS_BASE, registers[UserRegs.FS_BASE]);
        long gsBase = registers[UserRegs.GS_BASE];
        boolean free = gsBase == 0 && slotInGs;
        memory.set(JAVA_LONG, StubLayout.SLOT_GS_BASE, free ? slot.address() : gsBase);
    }

    /** From the next {@link #write} on, trampolines find the slot. */
    void putSlotInGs() {
        slotInGs = true;
    }

    boolean isSlotInGs() {
        return slotInGs;
    }

    long instructionPointer() {
        return memory.get(JAVA_LONG, context + RIP);
    }

    void setInstructionPointer(long address) {
        memory.set(JAVA_LONG, context + RIP, address);
    }

    long r11() {
        return memory.get(JAVA_LONG, context + R11);
    }

    /** As a system call leaves it. */
    void setBehindCall(long address) {
        setInstructionPointer(address);
        memory.set(JAVA_LONG, context + RCX, address);
    }

    long flags() {
        return memory.get(JAVA_LONG, context + EFLAGS);
    }

    void setFlags(long flags) {
        memory.set(JAVA_LONG, context + EFLAGS, flags);
    }

    void writeResult(long value) {
        memory.set(JAVA_LONG, context + RAX, value);
    }

    /** Size and features of the image, as the host says; bytes are 0 if it makes no sense. */
    FpLayout fpLayout() {
        int at = fpState(SOFTWARE_END);
        if (at < 0 || memory.get(JAVA_INT, at + SOFTWARE_BYTES) != FP_XSTATE_MAGIC1) {
            return new FpLayout(0, 0);
        }
        return new FpLayout(
                memory.get(JAVA_INT, at + SOFTWARE_BYTES + 16),
                memory.get(JAVA_LONG, at + SOFTWARE_BYTES + 8));
    }

    /** Copies the image out, its software bytes as ptrace(2) shows them: the features, no more. */
    boolean readFpState(FpLayout layout, MemorySegment target) {
        int at = fpState(layout.bytes());
        if (at < 0) {
            return false;
        }
        MemorySegment.copy(memory, at, target, 0, layout.bytes());
        XsaveImage.showFeatures(target, layout.features());
        return true;
    }

    boolean writeFpState(FpLayout layout, byte[] image) {
        int at = fpState(layout.bytes());
        if (at < 0) {
            return false;
        }
        MemorySegment.copy(image, 0, memory, JAVA_BYTE, at, layout.bytes());
        memory.set(JAVA_INT, at + SOFTWARE_BYTES, FP_XSTATE_MAGIC1);
        memory.set(JAVA_INT, at + SOFTWARE_BYTES + 4, layout.bytes() + Integer.BYTES);
        memory.set(JAVA_LONG, at + SOFTWARE_BYTES + 8, layout.features());
        memory.set(JAVA_INT, at + SOFTWARE_BYTES + 16, layout.bytes());
        memory.set(JAVA_INT, at + layout.bytes(), FP_XSTATE_MAGIC2);
        return true;
    }

    private int fpState(int bytes) {
        long address = memory.get(JAVA_LONG, context + FP_STATE);
        return slot.offsetOf(address, bytes + Integer.BYTES, FP_ALIGNMENT);
    }
}
