package dev.moat.api.sandbox;

import java.nio.file.Path;

/** Standard input, output and error of the first process. */
public sealed interface Stdio {
    /**
     * The host descriptors given, passed through (0, 1, 2 for {@code moat run}); they stay the
     * caller's.
     */
    record Inherit(int inputFd, int outputFd, int errorFd) implements Stdio {
        public static final Inherit OWN = new Inherit(0, 1, 2);
    }

    /**
     * A new pseudo terminal of the sandbox whose master side is connected to host descriptors:
     * bytes from {@code inputFd} go to the master, output to {@code outputFd}. The host terminal's
     * mode is the caller's business.
     */
    record Terminal(int inputFd, int outputFd, int rows, int columns) implements Stdio {}

    /** No input; output and error appended to a host file (background sandboxes). */
    record LogFile(Path file) implements Stdio {}
}
