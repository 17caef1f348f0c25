package dev.moat.api.syscall;

/** How much of a system call is served. */
public enum Support {
    /** All of the man page that applies to the sandbox. */
    FULL,
    /** Something is missing or differs: see the note. */
    PARTIAL,
    /**
     * Always refused with the errno that Linux uses where the feature is not built in or not
     * permitted.
     */
    REFUSED
}
