package dev.moat.cli;

import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.cli.control.ControlServer;
import dev.moat.cli.control.KernelRequests;
import dev.moat.cli.shared.ForegroundRun;
import dev.moat.cli.shared.RunOptions;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

    @Mixin private RunOptions options = new RunOptions();

    RunCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> environment = System.getenv();
        // a bad value is answered before a kernel is started
        options.toSpec(Stdio.Inherit.OWN, environment);
        Kernel kernel = kernels.start(KernelUse.COMMAND);
        try (var control =
                ControlServer.open(new KernelRequests(kernel), environment, ControlServer.DELAY)) {
            return new ForegroundRun(
                            kernel.service(SandboxManager.class),
                            kernel.service(HostTerminal.class))
                    .run(options, environment);
        }
    }
}
