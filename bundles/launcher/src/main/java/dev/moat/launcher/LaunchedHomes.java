package dev.moat.launcher;

import dev.moat.cli.Kernel;
import dev.moat.cli.KernelHomes;
import dev.moat.cli.KernelUse;
import java.nio.file.Path;

/** Starts kernels of this program's kind in other directories. */
record LaunchedHomes(Path own) implements KernelHomes {
    @Override
    public Offered offered(Path home) {
        return FelixKernel.offered(new Distribution(home));
    }

    @Override
    public Kernel start(Path home, KernelUse use) {
        return FelixKernel.start(new Distribution(home), home.resolve("cache"), use);
    }
}
