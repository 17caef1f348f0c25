package dev.moat.cli.shared;

import dev.moat.abi.ErrnoException;
import dev.moat.api.host.HostTerminal;
import dev.moat.api.host.HostTerminal.WindowSize;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.Stdio;
import java.util.function.Function;

/**
 * Runs a program on a terminal of its own that is connected to the operator's, which is in raw mode
 * meanwhile.
 */
final class TerminalRun {
    private static final int INPUT = 0;
    private static final int OUTPUT = 1;
    private static final int SIGWINCH = 28;

    private final HostTerminal terminal;

    private TerminalRun(HostTerminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Takes the operator's terminal.
     *
     * @throws UsageException when standard input is none
     */
    static TerminalRun open(HostTerminal terminal) {
        if (!terminal.isTerminal(INPUT)) {
            throw new UsageException("-t: standard input is not a terminal");
        }
        return new TerminalRun(terminal);
    }

    /** Waits for the end of the sandbox that {@code start} makes for this terminal. */
    int run(Function<Stdio, Sandbox> start) throws InterruptedException {
        WindowSize size = terminal.windowSize(INPUT).orElse(new WindowSize(24, 80, 0, 0));
        var stdio = new Stdio.Terminal(INPUT, OUTPUT, size.rows(), size.columns());
        try (var raw = enterRawMode()) {
            var restore = new Thread(raw::close, "restore-terminal");
            Runtime.getRuntime().addShutdownHook(restore);
            Sandbox sandbox = start.apply(stdio);
            try (var resized = terminal.onSignal(SIGWINCH, () -> forwardSize(sandbox))) {
                // the window may have changed while the sandbox was made
                forwardSize(sandbox);
                return ForegroundRun.await(sandbox).shellCode();
            }
        }
    }

    private HostTerminal.RawMode enterRawMode() {
        try {
            return terminal.enterRawMode(INPUT);
        } catch (ErrnoException e) {
            throw new UsageException("-t: the terminal has no raw mode: " + e.getMessage());
        }
    }

    private void forwardSize(Sandbox sandbox) {
        terminal.windowSize(INPUT)
                .ifPresent(size -> sandbox.resizeTerminal(size.rows(), size.columns()));
    }
}
