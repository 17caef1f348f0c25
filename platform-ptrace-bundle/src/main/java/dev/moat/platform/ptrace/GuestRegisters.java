package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Registers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * General registers of a guest thread. While it is stopped they are with the stub thread until
 * somebody asks; the commonest change, a result in rax, is written alone.
 */
final class GuestRegisters implements Registers {
    private static final long USER_CODE_SEGMENT = 0x33;
    private static final long COMPAT_CODE_SEGMENT = 0x23;
    private static final long USER_DATA_SEGMENT = 0x2b;

    /** IF and the bit that is always one: what execve(2) gives. */
    private static final long INITIAL_FLAGS = 0x202;

    private final MemorySegment values;
    private final Tracee thread;

    /** Whether {@link #values} are the registers; if not, the thread has them. */
    private boolean fetched = true;

    /** Whether {@link #values} have to be written before the thread runs. */
    private boolean changed = true;

    /** Whether {@link #result} has to be written to rax, over {@link #values}. */
    private boolean resultChanged;

    private long result;

    GuestRegisters(Tracee thread, SegmentAllocator memory) {
        this.thread = thread;
        values = memory.allocate(UserRegs.SIZE_BYTES, 8);
        values.setAtIndex(JAVA_LONG, UserRegs.EFLAGS, INITIAL_FLAGS);
        sanitise();
    }

    /** The thread has stopped in the guest: it has the registers now. */
    void stopped() {
        fetched = false;
        changed = false;
        resultChanged = false;
    }

    @Override
    public long get(int index) {
        if (index == UserRegs.RAX && resultChanged) {
            return result;
        }
        fetch();
        return values.getAtIndex(JAVA_LONG, index);
    }

    @Override
    public void set(int index, long value) {
        if (index == UserRegs.RAX) {
            result = value;
            resultChanged = true;
            return;
        }
        fetch();
        values.setAtIndex(JAVA_LONG, index, value);
        changed = true;
        sanitise();
    }

    @Override
    public void copyTo(long[] target) {
        fetch();
        MemorySegment.copy(values, JAVA_LONG, 0, target, 0, UserRegs.COUNT);
        if (resultChanged) {
            target[UserRegs.RAX] = result;
        }
    }

    @Override
    public void copyFrom(long[] source) {
        MemorySegment.copy(source, 0, values, JAVA_LONG, 0, UserRegs.COUNT);
        fetched = true;
        changed = true;
        resultChanged = false;
        sanitise();
    }

    /** Takes the registers from the thread, which is about to be used for something else. */
    void save() throws StubLostException {
        if (!fetched) {
            thread.readRegisters(values);
            fetched = true;
        }
        changed = true;
    }

    /** Gives the thread the registers it lacks. */
    void flush() throws StubLostException {
        if (changed) {
            if (resultChanged) {
                values.setAtIndex(JAVA_LONG, UserRegs.RAX, result);
            }
            // -1 keeps the host from restarting a system call of its own; the guest's number stays
            // readable here
            long number = values.getAtIndex(JAVA_LONG, UserRegs.ORIG_RAX);
            values.setAtIndex(JAVA_LONG, UserRegs.ORIG_RAX, -1);
            thread.writeRegisters(values);
            values.setAtIndex(JAVA_LONG, UserRegs.ORIG_RAX, number);
        } else if (resultChanged) {
            thread.writeRegister(UserRegs.RAX, result);
        }
    }

    private void fetch() {
        if (!fetched) {
            try {
                thread.readRegisters(values);
            } catch (StubLostException e) {
                // the next run says so; until then the registers are what they were
            }
            fetched = true;
        }
    }

    /**
     * PTRACE_SETREGS refuses selectors that user mode cannot have and bases outside of user space.
     */
    private void sanitise() {
        if (values.getAtIndex(JAVA_LONG, UserRegs.CS) != COMPAT_CODE_SEGMENT) {
            values.setAtIndex(JAVA_LONG, UserRegs.CS, USER_CODE_SEGMENT);
        }
        values.setAtIndex(JAVA_LONG, UserRegs.SS, USER_DATA_SEGMENT);
        nullUnlessUserData(UserRegs.DS);
        nullUnlessUserData(UserRegs.ES);
        nullUnlessUserData(UserRegs.FS);
        nullUnlessUserData(UserRegs.GS);
        zeroUnlessUserAddress(UserRegs.FS_BASE);
        zeroUnlessUserAddress(UserRegs.GS_BASE);
    }

    private void nullUnlessUserData(int index) {
        if (values.getAtIndex(JAVA_LONG, index) != USER_DATA_SEGMENT) {
            values.setAtIndex(JAVA_LONG, index, 0);
        }
    }

    private void zeroUnlessUserAddress(int index) {
        if (values.getAtIndex(JAVA_LONG, index) >>> 47 != 0) {
            values.setAtIndex(JAVA_LONG, index, 0);
        }
    }
}
