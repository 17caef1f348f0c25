package dev.moat.api.platform;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One guest thread as the platform sees it: registers, floating-point state and a way to run. Used
 * by the task's own platform thread only, except {@link #interrupt}.
 */
@ProviderType
public interface ExecutionContext extends AutoCloseable {
    /**
     * Runs guest code in {@code space} until something needs the kernel. Binds the context to
     * {@code space} on first use; a later run with another space (execve) moves it there. Applies
     * pending changes of the space first. If {@link #interrupt} was called since the last run
     * returned, gives {@link Exit.Interrupted} without entering the guest.
     *
     * <p>A system call that was reported is finished by writing {@code rax} and running again.
     */
    Exit run(AddressSpace space, RunMode mode);

    /** General registers; lazily fetched. */
    Registers registers();

    /** Size of the XSAVE image in bytes. */
    int fpStateBytes();

    /** Copies the XSAVE image (standard format, as in a signal frame) out. */
    void saveFpState(byte[] target);

    /**
     * Loads an XSAVE image that may come from the guest: the platform sanitises it.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL if the image cannot be loaded
     */
    void loadFpState(byte[] source);

    /** Sets the floating-point state to what execve(2) gives. */
    void resetFpState();

    /**
     * Has the processor watch memory and code from the next run on: what it finds is {@link
     * Exit.GuestSignal} SIGTRAP with TRAP_HWBKPT, behind an instruction that touches watched memory
     * and before one that is watched itself. A new context watches nothing.
     */
    void setDebugRegisters(DebugRegisters registers);

    /**
     * Debug register 6 of a thread that watches something, as it was at the last exit by SIGTRAP
     * with TRAP_TRACE or TRAP_HWBKPT.
     */
    long debugStatus();

    /** Any thread: makes a current or the next {@link #run} return {@link Exit.Interrupted}. */
    void interrupt();

    /**
     * Address behind a system call instruction that this thread uses so often that {@link
     * AddressSpace#patchCall} is worth it; each is told once. 0: none.
     */
    default long hotCall() {
        return 0;
    }

    /** Whether it makes a difference to give {@link #answer answers}. */
    default boolean takesAnswers() {
        return false;
    }

    /**
     * From the next run on, system calls with this number may be answered with {@code value}
     * without an exit. For calls without arguments whose result is the same until this or {@link
     * #withdrawAnswer} is called again.
     */
    default void answer(int number, int value) {}

    /** From the next run on, calls with this number are exits again. */
    default void withdrawAnswer(int number) {}

    /** Whether {@link #takeAnswered} may have something. Cheap. */
    default boolean hasAnswered() {
        return false;
    }

    /**
     * How many calls of {@code number} were answered without an exit since this was asked last. The
     * guest's word: never negative, but it may be any number.
     */
    default long takeAnswered(int number) {
        return 0;
    }

    /**
     * Tells that the task has slept since the last run: a hint where it runs best.
     *
     * @param waker the thread that woke it; its own if nobody did
     */
    default void awoke(Thread waker) {}

    /**
     * How the guest thread is to be scheduled from its next run on, as far as the host lets it; any
     * thread.
     *
     * @param nice 0 to 19: how much less of a CPU it gets than others
     * @param cpus bit n: it may run on the n-th CPU of those that the kernel host may use
     */
    default void prefer(int nice, long cpus) {}

    /**
     * CPU time this guest thread has used in guest mode, in nanoseconds; any thread, until closed.
     */
    long guestTimeNs();

    /** Ends the guest thread. The address space stays. */
    @Override
    void close();
}
