package dev.moat.api.platform;

/** How far to run. */
public enum RunMode {
    /** Until an exit. */
    CONTINUE,
    /** One instruction, then {@link Exit.GuestSignal} SIGTRAP with TRAP_TRACE (or another exit). */
    SINGLE_STEP
}
