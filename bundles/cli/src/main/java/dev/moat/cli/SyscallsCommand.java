package dev.moat.cli;

import dev.moat.api.syscall.SyscallTable;
import dev.moat.cli.shared.Reports;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code moat syscalls}: lists the system calls that this assembly serves, or those that it does
 * not.
 */
@Command(name = "syscalls", description = "Lists the system calls that this kernel serves.")
final class SyscallsCommand implements Callable<Integer> {
    private final KernelSource kernels;

    @Option(names = "--missing", description = "Lists those that it does not serve instead.")
    private boolean missing;

    @Spec private CommandSpec spec;

    SyscallsCommand(KernelSource kernels) {
        this.kernels = kernels;
    }

    @Override
    public Integer call() {
        var table = kernels.start(KernelUse.COMMAND).service(SyscallTable.class);
        (missing ? Reports.missing(table) : Reports.syscalls(table))
                .forEach(spec.commandLine().getOut()::println);
        return 0;
    }
}
