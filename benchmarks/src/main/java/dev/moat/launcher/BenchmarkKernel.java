package dev.moat.launcher;

import dev.moat.cli.Kernel;
import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the launcher's door for benchmarks: a kernel host with the bundles of a distribution. */
public final class BenchmarkKernel {
    private BenchmarkKernel() {}

    /**
     * Starts the distribution that {@code moat.home} names, with a cache of its own below {@code
     * moat.cache}: a benchmark that swaps bundles leaves another kernel behind.
     */
    public static Kernel start() {
        var distribution = new Distribution(Path.of(System.getProperty("moat.home")));
        try {
            Path cache =
                    Files.createTempDirectory(Path.of(System.getProperty("moat.cache")), "run");
            return FelixKernel.start(distribution, cache, KernelUse.COMMAND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
