package dev.moat.vfs;

/**
 * A signal came while open(2) waited for a lease to go. The call is made again or gives EINTR as
 * the signal's action says. Not an error, so without a stack trace.
 */
public final class OpenInterrupted extends RuntimeException {
    static final OpenInterrupted INSTANCE = new OpenInterrupted();

    private static final long serialVersionUID = 1L;

    private OpenInterrupted() {
        super("a signal came while the call waited", null, false, false);
    }
}
