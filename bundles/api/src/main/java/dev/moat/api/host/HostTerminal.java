package dev.moat.api.host;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** The operator's terminal. Results: see the package description. */
@ProviderType
public interface HostTerminal {
    /** Whether {@code fd} is a terminal (isatty(3)). */
    boolean isTerminal(int fd);

    /** Window size (TIOCGWINSZ), empty if {@code fd} is no terminal. */
    Optional<WindowSize> windowSize(int fd);

    /** Sets the window size (TIOCSWINSZ). */
    int setWindowSize(int fd, WindowSize size);

    /**
     * Puts the terminal into raw mode (cfmakeraw(3)).
     *
     * @return what restores the former mode; close it exactly once, also on a shutdown hook: it may
     *     be closed twice without harm
     * @throws dev.moat.abi.ErrnoException ENOTTY
     */
    RawMode enterRawMode(int fd);

    /**
     * Calls {@code listener} from a thread of the host bundle whenever {@code signal} arrives at
     * the kernel host.
     *
     * @param signal SIGINT (2), SIGTERM (15), SIGHUP (1), SIGWINCH (28), SIGTSTP (20) or SIGCONT
     *     (18)
     * @return ends the registration and restores the former disposition
     * @throws dev.moat.abi.ErrnoException EINVAL for another signal
     */
    Registration onSignal(int signal, Runnable listener);

    /** {@code struct winsize}. */
    record WindowSize(int rows, int columns, int widthPixels, int heightPixels) {}

    /** Former terminal mode. */
    interface RawMode extends AutoCloseable {
        /** Restores the former mode; any thread; harmless when repeated. */
        @Override
        void close();
    }

    /** A listener's registration. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
