package dev.moat.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;

/**
 * Makes custom kernels. It comes with a resolver and its libraries, so it is looked up as a service
 * of the class path by the one command that needs it; kernels made by it are without.
 */
public interface Assembler {
    /**
     * Resolves a recipe, writes the kernel and starts it once as a check; leaves nothing behind
     * when that fails.
     *
     * @param output gets the report: what was chosen and why, sizes, system calls
     * @param progress gets a line at each step
     * @throws KernelException with one line for the operator
     */
    void assemble(
            AssemblyOrder order, KernelHomes homes, PrintWriter output, Consumer<String> progress);
}
