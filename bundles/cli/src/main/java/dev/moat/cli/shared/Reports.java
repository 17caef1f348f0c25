package dev.moat.cli.shared;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.platform.Platform;
import dev.moat.api.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;

/** Tables for people, as lines; the program and the shell print the same ones. */
public final class Reports {
    private Reports() {}

    /** Lists platforms with what keeps each from running. */
    public static List<String> platforms(List<Platform> platforms) {
        return platforms.stream().map(Reports::line).toList();
    }

    /**
     * Lists the calls that a table serves, how well, and by which subsystem; the last line counts
     * them.
     */
    public static List<String> syscalls(SyscallTable table) {
        var lines = new ArrayList<String>();
        for (SyscallTable.Entry entry : table.entries()) {
            lines.add(
                    "%3d %-24s %-8s %-8s %s"
                            .formatted(
                                    entry.number(),
                                    entry.name(),
                                    entry.support(),
                                    entry.subsystem(),
                                    entry.note())
                            .stripTrailing());
        }
        lines.add(
                "%d served, %d missing".formatted(table.entries().size(), table.missing().size()));
        return lines;
    }

    /** Lists the calls that nobody serves. */
    public static List<String> missing(SyscallTable table) {
        return table.missing().stream()
                .map(number -> "%3d %s".formatted(number, SyscallNumbers.name(number)))
                .toList();
    }

    private static String line(Platform platform) {
        Platform.Availability answer = platform.availability();
        String state = answer.available() ? "available" : "not available: " + answer.reason();
        return "%-8s %s".formatted(platform.name(), state);
    }
}
