package dev.moat.cli;

import java.nio.file.Path;
import java.util.List;

/**
 * A kernel to be made.
 *
 * @param home the distribution that its bundles come from
 * @param recipe the bndrun file that says what it needs
 * @param output the directory to make it in, empty or not there yet
 * @param additions bundles of the operator's own, or directories full of them
 */
public record AssemblyOrder(Path home, Path recipe, Path output, List<Path> additions) {
    public AssemblyOrder {
        additions = List.copyOf(additions);
    }
}
