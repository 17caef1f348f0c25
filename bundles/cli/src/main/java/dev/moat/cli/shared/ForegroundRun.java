package dev.moat.cli.shared;

import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * Runs a program while the operator waits, on the standard streams of the kernel host or on a
 * terminal of its own.
 */
public final class ForegroundRun {
    private final SandboxManager manager;
    private final HostTerminal terminal;

    public ForegroundRun(SandboxManager manager, HostTerminal terminal) {
        this.manager = manager;
        this.terminal = terminal;
    }

    /**
     * Starts a sandbox and waits for its end.
     *
     * @param environment the host's environment variables
     * @return the exit code that stands for how the program ended
     * @throws UsageException for an option that makes no sense
     * @throws dev.moat.api.sandbox.SandboxException when the program does not start
     */
    public int run(RunOptions options, Map<String, String> environment)
            throws InterruptedException {
        return run(options.terminal(), stdio -> manager.start(options.toSpec(stdio, environment)));
    }

    /**
     * Waits for the end of the sandbox that {@code start} makes.
     *
     * @param withTerminal whether it has a terminal of its own
     * @param start takes where its standard streams go
     * @return the exit code that stands for how its first program ended
     * @throws UsageException there is no terminal
     */
    public int run(boolean withTerminal, Function<Stdio, Sandbox> start)
            throws InterruptedException {
        if (withTerminal) {
            return TerminalRun.open(terminal).run(start);
        }
        Sandbox sandbox = start.apply(Stdio.Inherit.OWN);
        try (var signals = ForwardedSignals.to(sandbox, terminal)) {
            return signals.exitCode(await(sandbox));
        }
    }

    /** Waits for the end of a sandbox. */
    public static ExitStatus await(Sandbox sandbox) throws InterruptedException {
        try {
            return sandbox.exited().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "sandbox " + sandbox.name() + " failed: " + e.getCause(), e);
        }
    }
}
