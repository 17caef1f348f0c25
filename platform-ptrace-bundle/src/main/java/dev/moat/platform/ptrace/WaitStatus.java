package dev.moat.platform.ptrace;

/** The status word of wait4(2) for tracees. */
final class WaitStatus {
    static final int SIGTRAP = 5;

    /** PTRACE_O_TRACESYSGOOD marks system call stops. */
    static final int SYSCALL_STOP = SIGTRAP | 0x80;

    static final int SIGILL = 4;
    static final int SIGBUS = 7;
    static final int SIGFPE = 8;
    static final int SIGSEGV = 11;
    static final int SIGSYS = 31;

    private static final int STOPPED = 0x7f;

    private WaitStatus() {}

    static boolean isStopped(int status) {
        return (status & 0xff) == STOPPED;
    }

    /** The signal of a stop, with 0x80 for a system call stop. */
    static int stopSignal(int status) {
        return (status >>> 8) & 0xff;
    }

    /** PTRACE_EVENT_* of a stop, 0 for others. */
    static int event(int status) {
        return status >>> 16;
    }

    /** Whether an instruction, not somebody else, caused the signal. */
    static boolean isFault(int signal) {
        return switch (signal) {
            case SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGSYS -> true;
            default -> false;
        };
    }

    static String describeEnd(int status) {
        return (status & 0x7f) == 0
                ? "stub exited with " + stopSignal(status)
                : "stub killed by signal " + (status & 0x7f);
    }
}
