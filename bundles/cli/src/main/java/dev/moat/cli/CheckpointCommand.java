package dev.moat.cli;

import dev.moat.api.swap.CheckpointService.Report;
import dev.moat.cli.control.ControlClient;
import dev.moat.cli.control.ControlDirectory;
import dev.moat.cli.shared.CheckpointProgress;
import dev.moat.cli.shared.GuestStrings;
import dev.moat.lib.json.JsonObject;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code moat checkpoint}: writes a running sandbox to a file. */
@Command(
        name = "checkpoint",
        description =
                "Writes a running sandbox to a file, from which 'moat restore' brings it back; it ends then.")
final class CheckpointCommand implements Callable<Integer> {
    @Option(names = "--leave-running", description = "Lets the sandbox go on.")
    private boolean leaveRunning;

    @Parameters(index = "0", paramLabel = "NAME", description = "The sandbox.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write.")
    private String file = "";

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Path path = GuestStrings.hostPath(file).toAbsolutePath();
        var client = new ControlClient(ControlDirectory.open(System.getenv()));
        var progress = new CheckpointProgress(System.err);
        boolean shown = System.console() != null && System.console().isTerminal();
        JsonObject result =
                client.hostOf(GuestStrings.display(name))
                        .ask(
                                ControlClient.request("checkpoint")
                                        .with("sandbox", GuestStrings.display(name))
                                        .with("file", path.toString())
                                        .with("leaveRunning", leaveRunning),
                                at -> {
                                    if (shown) {
                                        progress.at(
                                                at.string("phase"),
                                                at.number("done"),
                                                at.number("total"));
                                    }
                                });
        progress.clear();
        var report =
                new Report(
                        result.number("objects"),
                        result.number("memory"),
                        result.number("file"),
                        result.number("elapsed"));
        spec.commandLine().getOut().println(CheckpointProgress.summary(report));
        return 0;
    }
}
