package dev.moat.cli;

/** The exit codes that are not a guest program's own; those of docker(1). */
final class ExitCode {
    /** Moat's own error, or bad usage. A sandbox that does not start has its own, 125 to 127. */
    static final int MOAT = 125;

    /** Plus the number of the signal that ended the program. */
    static final int SIGNAL = 128;

    private ExitCode() {}
}
