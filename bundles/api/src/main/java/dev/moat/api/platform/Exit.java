package dev.moat.api.platform;

/** Why guest code gave the CPU back. */
public sealed interface Exit {
    /**
     * A system call. The instance is owned by the execution context and valid until its next run:
     * nothing is allocated per call. The guest's {@code rip} is behind the instruction.
     */
    non-sealed interface SyscallEntry extends Exit {
        /** The number in {@code rax} at entry. */
        int number();

        /** Argument {@code index} (0 to 5: rdi, rsi, rdx, r10, r8, r9). */
        long argument(int index);
    }

    /**
     * A memory fault that memory management may be able to resolve.
     *
     * @param address faulting address; 0 for non-canonical ones (general protection)
     * @param access what was tried
     * @param mapped true if the platform had a mapping there and its protection refused the access;
     *     false if nothing was mapped
     */
    record Fault(long address, Access access, boolean mapped) implements Exit {}

    /**
     * A synchronous signal other than a resolvable fault: SIGTRAP, SIGILL, SIGFPE, SIGBUS
     * (alignment) or SIGSEGV (general protection).
     *
     * @param signal Linux number
     * @param code {@code si_code}
     * @param address {@code si_addr}
     */
    record GuestSignal(int signal, int code, long address) implements Exit {}

    /** {@link ExecutionContext#interrupt} was called; the guest is between two instructions. */
    record Interrupted() implements Exit {
        /** The one instance. */
        public static final Interrupted INSTANCE = new Interrupted();
    }

    /** The guest thread's host resources are gone (killed from outside); the task must end. */
    record Lost(String reason) implements Exit {}
}
