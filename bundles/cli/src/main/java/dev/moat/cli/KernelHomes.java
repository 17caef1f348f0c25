package dev.moat.cli;

import java.nio.file.Path;

/** Kernels in other directories than the one that is running. */
public interface KernelHomes {
    /**
     * What the class path and the framework of a kernel offer to its bundles, as manifest headers.
     *
     * @param exportedPackages in the form of Export-Package
     * @param capabilities in the form of Provide-Capability
     */
    record Offered(String exportedPackages, String capabilities) {}

    /** The distribution that this program belongs to. */
    Path own();

    /**
     * Asks the framework of a distribution what it offers.
     *
     * @throws KernelException when it cannot be asked
     */
    Offered offered(Path home);

    /**
     * Starts the kernel in {@code home}, which the caller closes.
     *
     * @throws KernelException when it does not start
     */
    Kernel start(Path home, KernelUse use);
}
