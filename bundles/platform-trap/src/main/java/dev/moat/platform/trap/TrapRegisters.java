package dev.moat.platform.trap;

import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Registers;
import org.jspecify.annotations.Nullable;

/**
 * General registers of a guest thread. While it is stopped they are with the stub thread until
 * somebody asks for more than the system call shows; the commonest change, a result in rax, goes
 * back with the answer or is written alone.
 */
final class TrapRegisters implements Registers {
    private static final long USER_CODE_SEGMENT = 0x33;
    private static final long COMPAT_CODE_SEGMENT = 0x23;
    private static final long USER_DATA_SEGMENT = 0x2b;

    /** IF and the bit that is always one: what execve(2) gives. */
    private static final long INITIAL_FLAGS = 0x202;

    private static final long TRAP_FLAG = 0x100;

    /** {@code VSYSCALL_ADDR}, arch/x86/include/uapi/asm/vsyscall.h. */
    private static final long VSYSCALL_PAGE = 0xffffffffff600000L;

    /** ERESTARTSYS to ERESTART_RESTARTBLOCK: the host would restart a call of its own. */
    private static final long FIRST_RESTART = -516;

    private static final long LAST_RESTART = -512;

    private final long[] values = new long[UserRegs.COUNT];

    /** The thread that has what {@link #values} has not. */
    private @Nullable GuestThread thread;

    /** Whether {@link #values} are the registers; if not, the thread has them. */
    private boolean fetched = true;

    /** Whether {@link #values} have to be written before the thread runs. */
    private boolean changed = true;

    /** Whether {@link #result} is rax, over {@link #values}. */
    private boolean resultChanged;

    private long result;

    /** Whether the trap flag is ours: RunMode.SINGLE_STEP. */
    private boolean stepping;

    TrapRegisters() {
        values[UserRegs.EFLAGS] = INITIAL_FLAGS;
        sanitise();
    }

    /** From now on {@code newThread} runs the guest; it gets all registers. */
    void attach(GuestThread newThread) {
        thread = newThread;
        changed = true;
    }

    /** The context loses its thread. */
    void detach() throws StubLostException {
        fetchOrThrow();
        changed = true;
        thread = null;
    }

    /**
     * The thread has stopped in the guest: it has the registers now.
     *
     * @param systemCall its number, or -1 if it stopped for something else
     */
    void stopped(int systemCall) {
        fetched = false;
        changed = false;
        resultChanged = systemCall >= 0;
        result = -Errno.ENOSYS.number();
        values[UserRegs.ORIG_RAX] = systemCall;
    }

    @Override
    public long get(int index) {
        if (index == UserRegs.RAX && resultChanged) {
            return result;
        }
        GuestThread here = thread;
        if (fetched || here == null || here.isHandedOver()) {
            fetch();
            return values[index];
        }
        return switch (index) {
            case UserRegs.ORIG_RAX -> values[UserRegs.ORIG_RAX];
            case UserRegs.RDI -> here.argument(0);
            case UserRegs.RSI -> here.argument(1);
            case UserRegs.RDX -> here.argument(2);
            case UserRegs.R10 -> here.argument(3);
            case UserRegs.R8 -> here.argument(4);
            case UserRegs.R9 -> here.argument(5);
            case UserRegs.RIP -> instructionPointer(here);
            default -> {
                fetch();
                yield values[index];
            }
        };
    }

    /** The host returns from the vsyscall page to the caller by itself. */
    private long instructionPointer(GuestThread here) {
        long behind = here.instructionPointer();
        if ((behind & -StubLayout.PAGE_BYTES) != VSYSCALL_PAGE) {
            return behind;
        }
        fetch();
        return values[UserRegs.RIP];
    }

    @Override
    public void set(int index, long value) {
        if (index == UserRegs.RAX) {
            result = value;
            resultChanged = true;
            return;
        }
        fetch();
        values[index] = value;
        changed = true;
        sanitise();
    }

    @Override
    public void copyTo(long[] target) {
        fetch();
        System.arraycopy(values, 0, target, 0, UserRegs.COUNT);
        if (resultChanged) {
            target[UserRegs.RAX] = result;
        }
    }

    @Override
    public void copyFrom(long[] source) {
        fetch();
        System.arraycopy(source, 0, values, 0, UserRegs.COUNT);
        changed = true;
        resultChanged = false;
        sanitise();
    }

    private void fetch() {
        try {
            fetchOrThrow();
        } catch (StubLostException e) {
            // the next run says so; until then the registers are what they were
            fetched = true;
        }
    }

    /** Takes all registers from the thread, which has handed over afterwards. */
    void fetchOrThrow() throws StubLostException {
        GuestThread here = thread;
        if (fetched || here == null) {
            return;
        }
        long number = values[UserRegs.ORIG_RAX];
        if (!here.isHandedOver()) {
            here.pull();
        }
        here.frame().read(values);
        values[UserRegs.ORIG_RAX] = number;
        fetched = true;
    }

    /** All registers are to be written before the thread runs. */
    void reload() throws StubLostException {
        fetchOrThrow();
        changed = true;
    }

    /** Sets the trap flag, unless the guest itself has. */
    void beginStep() throws StubLostException {
        fetchOrThrow();
        stepping = (values[UserRegs.EFLAGS] & TRAP_FLAG) == 0;
        values[UserRegs.EFLAGS] |= TRAP_FLAG;
        changed = true;
    }

    /** After {@link #stopped}: takes back what {@link #beginStep} did. */
    void endStep() throws StubLostException {
        if (stepping) {
            stepping = false;
            fetchOrThrow();
            values[UserRegs.EFLAGS] &= ~TRAP_FLAG;
            changed = true;
        }
    }

    /** Whether a system call returns 0, and nothing else is to be told to the thread. */
    boolean isSuccessOnly() {
        return resultChanged && result == 0 && !changed;
    }

    /**
     * Gives the thread the registers it lacks, and tells with which value it is to be resumed.
     *
     * @param wholeFrame have it hand over first, if it has not
     */
    long flush(GuestThread here, boolean wholeFrame) throws StubLostException {
        boolean restarts = result >= FIRST_RESTART && result <= LAST_RESTART && resultChanged;
        if (wholeFrame || restarts || changed || !resultChanged) {
            fetchOrThrow();
            if (!here.isHandedOver()) {
                // a thread that somebody else left in a system call
                here.pull();
            }
        }
        if (!here.isHandedOver()) {
            return result;
        }
        if (changed) {
            if (resultChanged) {
                values[UserRegs.RAX] = result;
            }
            here.frame().write(values);
            return StubLayout.LOAD_BASES;
        }
        if (resultChanged) {
            here.frame().writeResult(result);
        }
        return StubLayout.RETURN;
    }

    /** Selectors that user mode cannot have, and bases outside of user space, would kill. */
    private void sanitise() {
        if (values[UserRegs.CS] != COMPAT_CODE_SEGMENT) {
            values[UserRegs.CS] = USER_CODE_SEGMENT;
        }
        values[UserRegs.SS] = USER_DATA_SEGMENT;
        values[UserRegs.DS] = 0;
        values[UserRegs.ES] = 0;
        values[UserRegs.FS] = 0;
        values[UserRegs.GS] = 0;
        zeroUnlessUserAddress(UserRegs.FS_BASE);
        zeroUnlessUserAddress(UserRegs.GS_BASE);
    }

    private void zeroUnlessUserAddress(int index) {
        if (values[index] >>> 47 != 0) {
            values[index] = 0;
        }
    }
}
