package dev.moat.api.swap;

/** A swap, stop or checkpoint was refused or called off: one line (what, where, what to do). */
public final class SwapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SwapException(String message) {
        super(message);
    }

    public SwapException(String message, Throwable cause) {
        super(message, cause);
    }
}
