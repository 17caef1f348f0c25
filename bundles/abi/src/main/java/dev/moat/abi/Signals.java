package dev.moat.abi;

/**
 * Signal numbers, flags of {@code sigaction(2)} and {@code sigaltstack(2)}, and what a signal does
 * by default.
 *
 * <p>Source: arch/x86/include/uapi/asm/signal.h, asm-generic/signal-defs.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/sigaction.2.html">sigaction(2)</a>
 */
public final class Signals {
    // Numbers.
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGIOT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGSEGV = 11;
    public static final int SIGUSR2 = 12;
    public static final int SIGPIPE = 13;
    public static final int SIGALRM = 14;
    public static final int SIGTERM = 15;
    public static final int SIGSTKFLT = 16;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGTSTP = 20;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGURG = 23;
    public static final int SIGXCPU = 24;
    public static final int SIGXFSZ = 25;
    public static final int SIGVTALRM = 26;
    public static final int SIGPROF = 27;
    public static final int SIGWINCH = 28;
    public static final int SIGIO = 29;
    public static final int SIGPOLL = 29;
    public static final int SIGPWR = 30;
    public static final int SIGSYS = 31;

    // The first and last real-time signal of the kernel; the C library keeps 32 and 33 for itself.
    public static final int SIGRTMIN = 32;
    public static final int SIGRTMAX = 64;

    // The number of signals, which is also the highest number; and the size of the kernel's
    // sigset_t.
    public static final int _NSIG = 64;
    public static final int SIGSET_SIZE = 8;

    // Handlers.
    public static final long SIG_DFL = 0L;
    public static final long SIG_IGN = 1L;
    public static final long SIG_ERR = -1L;

    // sa_flags: unsigned long in the kernel's struct.
    public static final long SA_NOCLDSTOP = 0x1L;
    public static final long SA_NOCLDWAIT = 0x2L;
    public static final long SA_SIGINFO = 0x4L;
    public static final long SA_UNSUPPORTED = 0x400L;
    public static final long SA_EXPOSE_TAGBITS = 0x800L;
    public static final long SA_RESTORER = 0x4000000L;
    public static final long SA_ONSTACK = 0x8000000L;
    public static final long SA_RESTART = 0x10000000L;
    public static final long SA_NODEFER = 0x40000000L;
    public static final long SA_RESETHAND = 0x80000000L;
    public static final long SA_NOMASK = 0x40000000L;
    public static final long SA_ONESHOT = 0x80000000L;

    // sigprocmask(2).
    public static final int SIG_BLOCK = 0;
    public static final int SIG_UNBLOCK = 1;
    public static final int SIG_SETMASK = 2;

    // sigaltstack(2).
    public static final int SS_ONSTACK = 1;
    public static final int SS_DISABLE = 2;

    public static final int SS_AUTODISARM = 0x80000000;

    // The smallest alternate stack.
    public static final int MINSIGSTKSZ = 2048;

    private Signals() {}

    /** What a signal does to a thread group that neither handles nor ignores it. */
    public enum DefaultAction {
        /** The thread group ends. */
        TERMINATE,
        /** The thread group ends and dumps core. */
        CORE,
        /** Nothing. */
        IGNORE,
        /** The thread group stops. */
        STOP,
        /** The thread group goes on, if it is stopped. */
        CONTINUE
    }

    /**
     * Returns the default action of a signal, as the table of signal(7).
     *
     * <p>Preconditions: {@code signal} is 1 to 64.
     */
    public static DefaultAction defaultAction(int signal) {
        return switch (signal) {
            case SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS -> DefaultAction.CORE;
            case SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS -> DefaultAction.CORE;
            case SIGCHLD, SIGURG, SIGWINCH -> DefaultAction.IGNORE;
            case SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU -> DefaultAction.STOP;
            case SIGCONT -> DefaultAction.CONTINUE;
            default -> DefaultAction.TERMINATE;
        };
    }

    /** Returns whether the number is that of a signal: 1 to 64. */
    public static boolean isValid(int signal) {
        return signal >= 1 && signal <= _NSIG;
    }

    /** Returns whether the signal is queued once per sending: 32 to 64. */
    public static boolean isRealTime(int signal) {
        return signal >= SIGRTMIN && signal <= SIGRTMAX;
    }

    /** Returns the bit of a signal in a kernel signal set. */
    public static long mask(int signal) {
        return 1L << (signal - 1);
    }
}
