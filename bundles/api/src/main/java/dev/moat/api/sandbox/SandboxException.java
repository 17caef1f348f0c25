package dev.moat.api.sandbox;

/**
 * Something an operator asked for cannot be done: one line (what, where, what to do) and an exit
 * code.
 */
public final class SandboxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public SandboxException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public SandboxException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** 125, 126 or 127 as Docker. */
    public int exitCode() {
        return exitCode;
    }
}
