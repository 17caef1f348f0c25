package dev.moat.cli;

import dev.moat.api.shell.CommandShell;
import dev.moat.cli.control.ControlServer;
import dev.moat.cli.control.KernelRequests;
import dev.moat.cli.shared.GuestStrings;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code moat shell}: the Felix Gogo shell of a kernel host that stays. */
@Command(
        name = "shell",
        description =
                "Starts a kernel host with an interactive shell; 'help' there lists its commands.")
final class ShellCommand implements Callable<Integer> {
    private final KernelSource kernels;

    @Option(
            names = "-c",
            paramLabel = "COMMANDS",
            description = "Runs shell commands instead and ends.")
    private @Nullable String commands;

    ShellCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (commands == null) {
            Kernel kernel = kernels.start(KernelUse.SHELL);
            // a kernel assembled without shell says so instead of waiting for nobody
            kernel.service(CommandShell.class);
            try (var control = control(kernel)) {
                kernel.awaitStop();
            }
            return 0;
        }
        try (Kernel kernel = kernels.start(KernelUse.SCRIPT);
                var control = control(kernel)) {
            boolean succeeded =
                    kernel.service(CommandShell.class).execute(GuestStrings.display(commands));
            return succeeded ? 0 : 1;
        }
    }

    private static ControlServer control(Kernel kernel) {
        return ControlServer.open(new KernelRequests(kernel), System.getenv(), ControlServer.DELAY);
    }
}
