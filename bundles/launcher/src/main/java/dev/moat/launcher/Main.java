package dev.moat.launcher;

import dev.moat.cli.MoatProgram;
import java.nio.file.Path;

/**
 * The {@code moat} program: {@code -Dmoat.home} names the distribution, {@code -Dmoat.cache} a
 * directory to write to.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Path home = Path.of(System.getProperty("moat.home"));
        var distribution = new Distribution(home);
        var caches = Path.of(System.getProperty("moat.cache"));
        var kernels = EarlyStart.of(use -> FelixKernel.start(distribution, caches, use), arguments);
        System.exit(new MoatProgram(kernels, new LaunchedHomes(home)).run(arguments));
    }
}
