package dev.moat.cli.shared;

import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import java.util.Map;
import java.util.concurrent.ExecutionException;

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
        if (options.terminal()) {
            return TerminalRun.open(terminal)
                    .run(manager, stdio -> options.toSpec(stdio, environment));
        }
        Sandbox sandbox = manager.start(options.toSpec(Stdio.Inherit.OWN, environment));
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
