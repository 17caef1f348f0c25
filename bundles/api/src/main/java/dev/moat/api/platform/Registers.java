package dev.moat.api.platform;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The general registers of a stopped guest thread, by index as in {@code user_regs_struct} ({@code
 * dev.moat.abi.UserRegs}). Lazy: a platform fetches them on the first {@link #get} after an exit
 * and writes them back only when {@link #set} was called. Only the task's own thread may use it.
 */
@ProviderType
public interface Registers {
    /** Value of register {@code index} (UserRegs.R15 to UserRegs.GS). */
    long get(int index);

    /** Sets register {@code index}; takes effect with the next run. */
    void set(int index, long value);

    /** Copies all registers to {@code target} (UserRegs.COUNT longs). */
    void copyTo(long[] target);

    /** Sets all registers. Segment selectors and privileged flags are sanitised by the platform. */
    void copyFrom(long[] source);
}
