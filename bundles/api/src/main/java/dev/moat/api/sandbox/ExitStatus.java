package dev.moat.api.sandbox;

/**
 * How a process ended.
 *
 * @param code exit code 0..255, when it exited
 * @param signal signal number, 0 when it exited
 * @param coreDumped as WCOREDUMP
 */
public record ExitStatus(int code, int signal, boolean coreDumped) {
    public static ExitStatus exited(int code) {
        return new ExitStatus(code & 0xff, 0, false);
    }

    public static ExitStatus killed(int signal) {
        return new ExitStatus(0, signal, false);
    }

    /** The same with a core file. */
    public ExitStatus withCore() {
        return new ExitStatus(code, signal, true);
    }

    /** What a shell shows: the code, or 128 + signal. */
    public int shellCode() {
        return signal == 0 ? code : 128 + signal;
    }

    /** The status word of wait(2). */
    public int waitStatus() {
        return signal == 0 ? code << 8 : signal | (coreDumped ? 0x80 : 0);
    }
}
