package dev.moat.cli;

/** Starts the kernel host when a command needs it. */
public interface KernelSource {
    /**
     * Starts a kernel host, which the caller closes.
     *
     * @throws KernelException when it does not start
     */
    Kernel start(KernelUse use);
}
