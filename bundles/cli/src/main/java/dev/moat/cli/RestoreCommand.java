package dev.moat.cli;

import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.CheckpointService;
import dev.moat.cli.control.ControlServer;
import dev.moat.cli.control.KernelRequests;
import dev.moat.cli.shared.CheckpointProgress;
import dev.moat.cli.shared.ForegroundRun;
import dev.moat.cli.shared.GuestStrings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code moat restore}: brings a sandbox back; its exit code is the program's. */
@Command(
        name = "restore",
        description = "Brings back a sandbox that 'moat checkpoint' wrote, and waits for its end.")
final class RestoreCommand implements Callable<Integer> {
    private final KernelSource kernels;

    @Option(names = "--name", paramLabel = "NAME", description = "Another name than it had.")
    private @Nullable String name;

    @Option(
            names = "--platform",
            paramLabel = "NAME",
            description =
                    "How guest code runs; 'moat platforms' lists the choices (default: the best one).")
    private @Nullable String platform;

    @Parameters(index = "0", paramLabel = "FILE", description = "The file to read.")
    private String file = "";

    RestoreCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path path = GuestStrings.hostPath(file).toAbsolutePath();
        Kernel kernel = kernels.start(KernelUse.COMMAND);
        CheckpointService checkpoints = kernel.service(CheckpointService.class);
        boolean terminal = checkpoints.describe(path).terminal();
        var run =
                new ForegroundRun(
                        kernel.service(SandboxManager.class), kernel.service(HostTerminal.class));
        CheckpointService.Progress progress =
                !terminal && System.console() != null && System.console().isTerminal()
                        ? new CheckpointProgress(System.err)
                        : CheckpointService.Progress.NONE;
        try (var control =
                ControlServer.open(
                        new KernelRequests(kernel), System.getenv(), ControlServer.DELAY)) {
            return run.run(
                    terminal,
                    stdio -> {
                        var sandbox =
                                checkpoints.restore(
                                        path,
                                        new CheckpointService.Restore(
                                                Optional.ofNullable(name)
                                                        .map(GuestStrings::display),
                                                Optional.ofNullable(platform),
                                                stdio),
                                        progress);
                        if (progress instanceof CheckpointProgress line) {
                            line.clear();
                        }
                        return sandbox;
                    });
        }
    }
}
