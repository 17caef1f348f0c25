package dev.moat.cli;

import dev.moat.api.platform.Platform;
import dev.moat.cli.shared.Reports;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code moat platforms}: lists the ways to run guest code and whether this machine can. */
@Command(
        name = "platforms",
        description = "Lists the ways to run guest code and whether this machine has them.")
final class PlatformsCommand implements Callable<Integer> {
    private final KernelSource kernels;

    @Spec private CommandSpec spec;

    PlatformsCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() {
        List<Platform> platforms = kernels.start(KernelUse.COMMAND).services(Platform.class);
        Reports.platforms(platforms.stream().sorted(Comparator.comparing(Platform::name)).toList())
                .forEach(spec.commandLine().getOut()::println);
        return 0;
    }
}
