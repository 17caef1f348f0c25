package dev.moat.abi;

/**
 * Options of {@code wait4(2)} and {@code waitid(2)}, and the encoding of a status.
 *
 * <p>Source: include/uapi/linux/wait.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/wait.2.html">wait(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/waitid.2.html">waitid(2)</a>
 */
public final class WaitFlags {
    // Options.
    public static final int WNOHANG = 0x1;
    public static final int WUNTRACED = 0x2;
    public static final int WSTOPPED = 0x2;
    public static final int WEXITED = 0x4;
    public static final int WCONTINUED = 0x8;
    public static final int WNOWAIT = 0x1000000;
    public static final int __WNOTHREAD = 0x20000000;
    public static final int __WALL = 0x40000000;
    public static final int __WCLONE = 0x80000000;

    // Whom waitid(2) waits for.
    public static final int P_ALL = 0;
    public static final int P_PID = 1;
    public static final int P_PGID = 2;
    public static final int P_PIDFD = 3;

    // The bit of a status that says a core was dumped, and the status of a continued child.
    public static final int WCOREFLAG = 0x80;
    public static final int WSTATUS_CONTINUED = 0xffff;

    private WaitFlags() {}

    /** Returns the status of a child that exited: {@code WIFEXITED}. */
    public static int exited(int exitCode) {
        return (exitCode & 0xff) << 8;
    }

    /**
     * Returns the status of a stopped child: {@code WIFSTOPPED}.
     *
     * <p>For ptrace(2), {@code signal} has the event in bits 8 and up.
     */
    public static int stopped(int signal) {
        return signal << 8 | 0x7f;
    }
}
