package dev.moat.abi;

/**
 * A system call failed with an {@link Errno}.
 *
 * <p>There is one instance per error number, without stack trace and with suppression off: get it
 * from {@link Errno#exception()}. Only the dispatcher of system calls catches it as an answer to
 * the guest.
 */
public final class ErrnoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    ErrnoException(Errno errno) {
        super(errno.name(), null, false, false);
        this.errno = errno;
    }

    /** The error that the system call answers with. */
    public Errno errno() {
        return errno;
    }
}
