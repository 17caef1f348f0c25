package dev.moat.shell;

import dev.moat.cli.shared.GuestStrings;
import dev.moat.cli.shared.RunOptions;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** Parses the options of {@code run} and {@code start} as the {@code moat} program does. */
@Command
final class RunArguments {
    @Mixin private RunOptions options = new RunOptions();

    private RunArguments() {}

    /**
     * Reads the words of a shell command.
     *
     * @throws IllegalArgumentException with a message for the operator
     */
    static RunOptions parse(String command, String[] words) {
        var arguments = new RunArguments();
        var commandLine =
                new CommandLine(arguments).setStopAtPositional(true).setCommandName(command);
        String[] guest = Arrays.stream(words).map(GuestStrings::of).toArray(String[]::new);
        try {
            commandLine.parseArgs(guest);
            return arguments.options;
        } catch (ParameterException e) {
            throw new IllegalArgumentException(command + ": " + e.getMessage(), e);
        }
    }
}
