package dev.moat.cli.shared;

/** An option's value makes no sense; the message is one line for the operator. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
