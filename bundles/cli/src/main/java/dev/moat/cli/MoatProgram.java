package dev.moat.cli;

import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.swap.SwapException;
import dev.moat.cli.control.ControlException;
import dev.moat.cli.shared.GuestStrings;
import dev.moat.cli.shared.UsageException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code moat} program: an operator's mistake gives one line on standard error and the exit
 * code of Docker.
 */
@Command(
        name = "moat",
        description = "A Linux kernel in user space: runs unmodified Linux programs.",
        subcommands = HelpCommand.class,
        versionProvider = VersionProvider.class,
        synopsisSubcommandLabel = "COMMAND")
public final class MoatProgram implements Runnable {
    /** Exit code for errors of Moat itself and for bad usage, as in docker(1). */
    private static final int MOAT_ERROR = 125;

    /** Set to see where an error came from. */
    private static final String DEBUG = "MOAT_DEBUG";

    private final KernelSource kernels;
    private final KernelHomes homes;
    private final PrintWriter output;
    private final PrintWriter errors;

    @CommandLine.Option(
            names = "--version",
            versionHelp = true,
            description = "Prints the version.")
    private boolean version;

    @CommandLine.Option(names = "--help", usageHelp = true, description = "Prints this help.")
    private boolean help;

    @Spec private CommandSpec spec;

    public MoatProgram(KernelSource kernels, KernelHomes homes) {
        this(kernels, homes, new PrintWriter(System.out, true), new PrintWriter(System.err, true));
    }

    MoatProgram(KernelSource kernels, KernelHomes homes, PrintWriter output, PrintWriter errors) {
        this.kernels = kernels;
        this.homes = homes;
        this.output = output;
        this.errors = errors;
    }

    /**
     * Runs the command line of {@code main}, byte for byte as the operator gave it; gives the exit
     * code.
     */
    public int run(String[] arguments) {
        return execute(GuestStrings.arguments(arguments));
    }

    /** Runs a command line of guest strings. */
    int execute(String... arguments) {
        // what follows the program's name belongs to the program
        var runCommand = new CommandLine(new RunCommand(kernels)).setStopAtPositional(true);
        return new CommandLine(this)
                .addSubcommand(runCommand)
                .addSubcommand(new ShellCommand(kernels))
                .addSubcommand(new CheckpointCommand())
                .addSubcommand(new RestoreCommand(kernels))
                .addSubcommand(new PlatformsCommand(kernels))
                .addSubcommand(new SyscallsCommand(kernels))
                .addSubcommand(new AssembleCommand(homes))
                .setOut(output)
                .setErr(errors)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler((e, _) -> refuse(e))
                .setExecutionExceptionHandler((e, _, _) -> fail(e))
                .execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command");
    }

    private int refuse(ParameterException e) {
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        String help = name.equals("moat") ? "moat help" : name.replaceFirst(" ", " help ");
        print(e.getMessage() + " (see '" + help + "')");
        return MOAT_ERROR;
    }

    private int fail(Exception e) {
        switch (e) {
            case SandboxException _, UsageException _, KernelException _, SwapException _ ->
                    print(String.valueOf(e.getMessage()));
            case ControlException _ -> print(String.valueOf(e.getMessage()));
            default -> print("internal error: " + e);
        }
        if (System.getenv(DEBUG) != null) {
            e.printStackTrace(errors);
        }
        return e instanceof SandboxException refused ? refused.exitCode() : MOAT_ERROR;
    }

    private void print(String message) {
        errors.println("moat: " + GuestStrings.display(message.replace('\n', ' ')));
    }
}
