package dev.moat.cli.control;

/** A kernel host has refused a request, or cannot be reached: one line for the operator. */
public final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ControlException(String message) {
        super(message);
    }

    public ControlException(String message, Throwable cause) {
        super(message, cause);
    }
}
