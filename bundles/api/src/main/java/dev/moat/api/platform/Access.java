package dev.moat.api.platform;

/** What a guest instruction tried to do to memory. */
public enum Access {
    READ,
    WRITE,
    EXECUTE,
    /** Data access whose direction the platform cannot tell (ptrace): a read or a write. */
    UNKNOWN
}
