package dev.moat.cli;

import dev.moat.cli.shared.UsageException;

import dev.moat.cli.shared.GuestStrings;

import dev.moat.api.sandbox.SandboxException;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code moat} program: an operator's mistake gives one line on standard error and the exit code of Docker. */
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

    @CommandLine.Option(names = "--version", versionHelp = true, description = "Prints the version.")
    private boolean version;

    @CommandLine.Option(names = "--help", usageHelp = true, description = "Prints this help.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    public MoatProgram(KernelSource kernels) {
        this.kernels = kernels;
    }

    /** Runs one command line, as {@code main} got it, and gives the exit code. */
    public int run(String[] arguments) {
        // what follows the program's name belongs to the program
        var runCommand = new CommandLine(new RunCommand(kernels)).setStopAtPositional(true);
        var commandLine = new CommandLine(this)
                .addSubcommand(runCommand)
                .addSubcommand(new ShellCommand(kernels))
                .addSubcommand(new PlatformsCommand(kernels))
                .addSubcommand(new SyscallsCommand(kernels))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler((e, _) -> refuse(e))
                .setExecutionExceptionHandler((e, line, _) -> fail(e, line.getErr()));
        return commandLine.execute(GuestStrings.arguments(arguments));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command");
    }

    private static int refuse(ParameterException e) {
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        String help = name.equals("moat") ? "moat help" : name.replaceFirst(" ", " help ");
        print(e.getCommandLine().getErr(), e.getMessage() + " (see '" + help + "')");
        return MOAT_ERROR;
    }

    private static int fail(Exception e, PrintWriter errors) {
        String message = Optional.ofNullable(e.getMessage()).orElse(e.toString());
        switch (e) {
            case SandboxException refused -> print(errors, message);
            case UsageException _, KernelException _ -> print(errors, message);
            default -> print(errors, "internal error: " + e);
        }
        if (System.getenv(DEBUG) != null) {
            e.printStackTrace(errors);
        }
        return e instanceof SandboxException refused ? refused.exitCode() : MOAT_ERROR;
    }

    private static void print(PrintWriter errors, String message) {
        errors.println("moat: " + GuestStrings.display(message.replace('\n', ' ')));
    }
}
