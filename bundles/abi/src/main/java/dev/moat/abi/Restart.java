package dev.moat.abi;

/**
 * Results by which an interrupted system call says how it goes on after a signal; the guest never
 * sees them.
 *
 * <p>A handler returns the negated number. Source: include/linux/errno.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal(7), Interruption of
 *     system calls</a>
 */
public final class Restart {
    /** Restart if no handler ran or the handler has SA_RESTART, else EINTR. */
    public static final int ERESTARTSYS = 512;

    /** Restart always. */
    public static final int ERESTARTNOINTR = 513;

    /** Restart if no handler ran, else EINTR. */
    public static final int ERESTARTNOHAND = 514;

    /** Restart through restart_syscall(2) with the saved state if no handler ran, else EINTR. */
    public static final int ERESTART_RESTARTBLOCK = 516;

    private Restart() {}

    /** Returns whether a raw system call result is one of the four negated restart codes. */
    public static boolean isRestart(long result) {
        return result == -ERESTARTSYS
                || result == -ERESTARTNOINTR
                || result == -ERESTARTNOHAND
                || result == -ERESTART_RESTARTBLOCK;
    }
}
