package dev.moat.launcher;

import dev.moat.cli.Kernel;
import dev.moat.cli.KernelUse;
import java.nio.file.Path;

/** Opens the launcher's door for benchmarks: a kernel host with the bundles of a distribution. */
public final class BenchmarkKernel {
    private BenchmarkKernel() {}

    /** Starts the distribution that {@code moat.home} names. */
    public static Kernel start() {
        var distribution = new Distribution(Path.of(System.getProperty("moat.home")));
        return FelixKernel.start(
                distribution, Path.of(System.getProperty("moat.cache")), KernelUse.COMMAND);
    }
}
