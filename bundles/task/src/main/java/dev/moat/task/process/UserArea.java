package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.XsaveImage;
import dev.moat.task.signal.FloatingPointFrame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code struct user} and the register sets of a stopped tracee as its tracer addresses them.
 * Source: arch/x86/kernel/ptrace.c.
 */
public final class UserArea {
    /** Bytes of the kernel's {@code struct user}, which has two words more than the C library's. */
    private static final long SIZE = 928;

    /** {@code u_debugreg}. */
    private static final long DEBUG_REGISTERS = 848;

    private static final int DEBUG_COUNT = 8;
    private static final long WORD = 8;
    private static final long HIGHEST_USER = 0x7fffffffefffL;

    /** What a tracer may change: CF PF AF ZF SF TF DF OF NT RF AC. */
    private static final long FLAG_MASK = 0x50dd5 | 0x4000;

    private static final long SELECTOR_RPL = 3;
    private static final int FXSAVE_BYTES = 512;
    private static final int XSTATE_BV = 512;
    private static final long X87_AND_SSE = 3;

    private final TracedRegisters registers;

    public UserArea(TracedRegisters registers) {
        this.registers = registers;
    }

    /** PTRACE_PEEKUSER; EIO. */
    public long read(long address) {
        check(address);
        if (address < UserRegs.SIZE_BYTES) {
            return registers.get((int) (address / WORD));
        }
        return isDebug(address) ? registers.debug().get(debugRegister(address)) : 0;
    }

    /** PTRACE_POKEUSER; EIO, and EINVAL from debug registers. */
    public void write(long address, long value) {
        check(address);
        if (address < UserRegs.SIZE_BYTES) {
            setGeneral((int) (address / WORD), value);
        } else if (isDebug(address)) {
            registers.debug().set(debugRegister(address), value);
        } else {
            throw Errno.EIO.exception();
        }
    }

    private static boolean isDebug(long address) {
        return address >= DEBUG_REGISTERS && address < DEBUG_REGISTERS + DEBUG_COUNT * WORD;
    }

    private static int debugRegister(long address) {
        return (int) ((address - DEBUG_REGISTERS) / WORD);
    }

    private static void check(long address) {
        if (address < 0 || address >= SIZE || address % WORD != 0) {
            throw Errno.EIO.exception();
        }
    }

    /** {@code struct user_regs_struct}. */
    public byte[] general() {
        byte[] bytes = new byte[UserRegs.SIZE_BYTES];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        for (int i = 0; i < UserRegs.COUNT; i++) {
            segment.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, registers.get(i));
        }
        return bytes;
    }

    /**
     * Sets the registers that {@code bytes} has, from the first on; EIO at one that is not valid.
     */
    public void setGeneral(byte[] bytes) {
        MemorySegment segment = MemorySegment.ofArray(bytes);
        for (int i = 0; i < bytes.length / WORD; i++) {
            setGeneral(i, segment.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
        }
    }

    /** {@code struct user_fpregs_struct}: the FXSAVE area. */
    public byte[] floating() {
        return java.util.Arrays.copyOf(registers.floating(), FXSAVE_BYTES);
    }

    /** EINVAL unless it is all of the area, without reserved bits of MXCSR. */
    public void setFloating(byte[] area) {
        if (area.length != FXSAVE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        if (!XsaveImage.hasValidMxcsr(MemorySegment.ofArray(area))) {
            throw Errno.EINVAL.exception();
        }
        byte[] image = registers.floating().clone();
        System.arraycopy(area, 0, image, 0, FXSAVE_BYTES);
        if (image.length > FXSAVE_BYTES) {
            MemorySegment segment = MemorySegment.ofArray(image);
            long present = segment.get(ValueLayout.JAVA_LONG_UNALIGNED, XSTATE_BV);
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, XSTATE_BV, present | X87_AND_SSE);
        }
        registers.setFloating(image);
    }

    /** The XSAVE image in its standard form. */
    public byte[] extended() {
        return registers.floating().clone();
    }

    /**
     * EFAULT as Linux says of a set that is not complete; EINVAL for what the processor would not
     * load.
     */
    public void setExtended(byte[] image) {
        byte[] now = registers.floating();
        if (image.length != now.length) {
            throw Errno.EFAULT.exception();
        }
        long features = FloatingPointFrame.features(MemorySegment.ofArray(now));
        if (!XsaveImage.isLoadable(MemorySegment.ofArray(image), features)) {
            throw Errno.EINVAL.exception();
        }
        registers.setFloating(image);
    }

    private void setGeneral(int index, long value) {
        switch (index) {
            case UserRegs.EFLAGS -> {
                long kept = registers.get(index) & ~FLAG_MASK;
                registers.set(index, kept | value & FLAG_MASK);
            }
            case UserRegs.FS_BASE, UserRegs.GS_BASE -> {
                if (value < 0 || value > HIGHEST_USER) {
                    throw Errno.EIO.exception();
                }
                registers.set(index, value);
            }
            case UserRegs.CS, UserRegs.SS, UserRegs.DS, UserRegs.ES, UserRegs.FS, UserRegs.GS -> {
                long selector = value & 0xffff;
                boolean needed = index == UserRegs.CS || index == UserRegs.SS;
                if (selector == 0 ? needed : (selector & SELECTOR_RPL) != SELECTOR_RPL) {
                    throw Errno.EIO.exception();
                }
                registers.set(index, selector);
            }
            default -> registers.set(index, value);
        }
    }
}
