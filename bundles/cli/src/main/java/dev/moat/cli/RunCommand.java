package dev.moat.cli;

import dev.moat.cli.options.RunOptions;

import dev.moat.cli.options.GuestStrings;

import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code moat run}: runs a program in a new sandbox; its exit code is the program's. */
@Command(
        name = "run",
        description = "Runs a program in a new sandbox.",
        footerHeading = "%nExit code:%n",
        footer = {
            "  the program's own; 128+n when signal n killed it; 127 when it was not found,",
            "  126 when it cannot be run; 125 for an error of Moat's or bad usage"
        })
final class RunCommand implements Callable<Integer> {
    private final KernelSource kernels;

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = {"-i", "--interactive"},
            description = "Passes standard input on to the program; this is always the case.")
    private boolean interactive;

    @Option(
            names = {"-t", "--tty"},
            description = "Gives the program a terminal of its own, connected to yours.")
    private boolean terminal;

    RunCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> host = System.getenv();
        Optional<String> type =
                terminal ? Optional.of(GuestStrings.of(host.getOrDefault("TERM", "xterm"))) : Optional.empty();
        // a bad value is answered before a kernel is started
        SandboxSpec spec = options.toSpec(Stdio.Inherit.OWN, type, host);
        Kernel kernel = kernels.start(KernelUse.COMMAND);
        var manager = kernel.service(SandboxManager.class);
        var hostTerminal = kernel.service(HostTerminal.class);
        if (terminal) {
            return TerminalRun.open(hostTerminal).run(manager, size -> options.toSpec(size, type, host));
        }
        Sandbox sandbox = manager.start(spec);
        try (var signals = ForwardedSignals.to(sandbox, hostTerminal)) {
            return signals.exitCode(await(sandbox));
        }
    }

    /** Waits for the end of a sandbox. */
    static ExitStatus await(Sandbox sandbox) throws InterruptedException {
        try {
            return sandbox.exited().get();
        } catch (ExecutionException e) {
            throw new KernelException("sandbox " + sandbox.name() + " failed: " + e.getCause(), e);
        }
    }
}
