package dev.moat.api.platform;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** A platform opened for one sandbox. Thread safe. */
@ProviderType
public interface PlatformSession extends AutoCloseable {
    /** The lowest address guests may map. */
    long minUserAddress();

    /** The first address behind what guests may map (below 2^47), page aligned. */
    long maxUserAddress();

    /** What {@link Platform#with} was given for it; empty if nothing was. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /**
     * Whether {@code rdtsc} in guest code gives what it gives on the host: the vDSO then reads
     * clocks without an exit.
     */
    default boolean sharesTimestampCounter() {
        return true;
    }

    /** Size of the XSAVE image of a context in bytes: what this machine's user mode has. */
    int fpStateBytes();

    /** A new, empty address space, owned by the caller. */
    AddressSpace newAddressSpace();

    /**
     * A context for a new task. Called on the task's own thread, which alone may run it. Registers
     * are zero, floating-point state is as after execve(2).
     */
    ExecutionContext newContext();

    /**
     * A context for a task made by clone(2) or fork(2): registers and floating-point state are
     * copied from {@code parentState}, saved before by {@link ContextState#of}.
     */
    default ExecutionContext newContext(ContextState parentState) {
        ExecutionContext context = newContext();
        context.registers().copyFrom(parentState.registers());
        context.loadFpState(parentState.fpState());
        return context;
    }

    /**
     * Brings a sleeping thread, which is about to be woken to make a context, to the CPU of the
     * caller: a hint.
     */
    default void bringHere(int hostTid) {}

    /** Ends everything: every stub, vCPU and context of this session is gone when it returns. */
    @Override
    void close();
}
