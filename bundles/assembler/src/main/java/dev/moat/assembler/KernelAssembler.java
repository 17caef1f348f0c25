package dev.moat.assembler;

import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.shell.CommandShell;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.cli.Assembler;
import dev.moat.cli.AssemblyOrder;
import dev.moat.cli.Kernel;
import dev.moat.cli.KernelHomes;
import dev.moat.cli.KernelUse;
import java.io.PrintWriter;
import java.util.function.Consumer;

/** The steps from a recipe to a kernel that was seen to start. */
public final class KernelAssembler implements Assembler {
    @Override
    public void assemble(
            AssemblyOrder order, KernelHomes homes, PrintWriter output, Consumer<String> progress) {
        Recipe recipe = Recipe.read(order.recipe());
        try (NewHome made = NewHome.in(order.output())) {
            Stock stock = Stock.read(order.home(), order.additions());
            progress.accept(
                    "resolving %s among %d bundles..."
                            .formatted(recipe.name(), stock.parts().size()));
            Resolution resolution = Resolution.of(recipe, stock, homes.offered(order.home()));
            progress.accept("writing %d bundles...".formatted(resolution.choices().size()));
            made.write(order.home(), order.recipe(), resolution.choices());
            progress.accept("starting the kernel to check it...");
            var report = new Report();
            report.bundles(resolution);
            report.sizes(made.directory(), order.home(), resolution);
            try (Kernel kernel = homes.start(made.directory(), use(resolution))) {
                check(kernel, resolution);
                report.calls(kernel.service(SyscallTable.class), resolution.leftOut());
            }
            report.line("");
            report.line("run it: " + made.program() + " run -- PROGRAM");
            made.writeReport(report.text());
            made.keep();
            output.print(report.text());
            output.flush();
        }
    }

    /** Everything that was chosen has to come up. */
    private static void check(Kernel kernel, Resolution resolution) {
        kernel.service(SandboxManager.class);
        if (hasShell(resolution)) {
            kernel.service(CommandShell.class);
        }
    }

    private static KernelUse use(Resolution resolution) {
        return hasShell(resolution) ? KernelUse.SCRIPT : KernelUse.COMMAND;
    }

    private static boolean hasShell(Resolution resolution) {
        return resolution.choices().stream()
                .flatMap(choice -> choice.part().subsystems().stream())
                .anyMatch(subsystem -> subsystem.startsWith("shell"));
    }
}
