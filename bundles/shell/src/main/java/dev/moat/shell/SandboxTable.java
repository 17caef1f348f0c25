package dev.moat.shell;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.cli.shared.GuestStrings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The table that {@code ps} prints. */
final class SandboxTable {
    private static final String FORMAT = "%-12s %-8s %6s %10s %-18s %s";

    private SandboxTable() {}

    static List<String> lines(List<Sandbox> running, List<BackgroundRuns.Run> ended) {
        var lines = new ArrayList<String>();
        lines.add(FORMAT.formatted("NAME", "PLATFORM", "TASKS", "AGE", "STATE", "COMMAND"));
        for (Sandbox sandbox : running) {
            lines.add(line(sandbox, Integer.toString(sandbox.tasks().taskCount()), "running"));
        }
        for (BackgroundRuns.Run run : ended) {
            lines.add(line(run.sandbox(), "-", outcome(run.sandbox())));
        }
        return lines;
    }

    private static String line(Sandbox sandbox, String tasks, String state) {
        long ageMs = System.currentTimeMillis() - sandbox.startedAtNs() / 1_000_000;
        String command = String.join(" ", sandbox.spec().process().arguments());
        return FORMAT.formatted(
                sandbox.name(),
                sandbox.platformName(),
                tasks,
                age(Duration.ofMillis(Math.max(0, ageMs))),
                state,
                GuestStrings.display(command));
    }

    private static String outcome(Sandbox sandbox) {
        if (sandbox.exited().isCompletedExceptionally()) {
            return "failed";
        }
        ExitStatus status = sandbox.exited().join();
        return status.signal() == 0
                ? "exited " + status.code()
                : "killed by signal " + status.signal();
    }

    private static String age(Duration age) {
        return age.toHours() > 0
                ? "%dh%02dm".formatted(age.toHours(), age.toMinutesPart())
                : "%dm%02ds".formatted(age.toMinutesPart(), age.toSecondsPart());
    }
}
