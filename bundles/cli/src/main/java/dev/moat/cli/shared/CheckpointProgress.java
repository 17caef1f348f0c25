package dev.moat.cli.shared;

import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.CheckpointService.Report;
import java.io.PrintStream;
import java.util.Locale;

/** Tells an operator how far a checkpoint has come: on one line that is written over again. */
public final class CheckpointProgress implements CheckpointService.Progress {
    private static final double MEGA = 1e6;

    private final PrintStream terminal;
    private int width;

    /**
     * @param terminal where the line goes; it is a terminal
     */
    public CheckpointProgress(PrintStream terminal) {
        this.terminal = terminal;
    }

    @Override
    public void at(String phase, long doneBytes, long totalBytes) {
        String line =
                totalBytes > 0
                        ? String.format(
                                Locale.ROOT,
                                "%s: %.0f of %.0f MB",
                                phase,
                                doneBytes / MEGA,
                                totalBytes / MEGA)
                        : phase + "...";
        show(line);
    }

    /** Takes the line away. */
    public void clear() {
        if (width > 0) {
            show("");
            terminal.print('\r');
            terminal.flush();
        }
    }

    private void show(String line) {
        terminal.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        terminal.flush();
        width = line.length();
    }

    /** What was written, and how fast. */
    public static String summary(Report report) {
        double seconds = Math.max(1, report.elapsedNs()) / 1e9;
        return String.format(
                Locale.ROOT,
                "%d objects and %.1f MB of memory in %.1f MB, %.2f s, %.0f MB/s",
                report.objects(),
                report.memoryBytes() / MEGA,
                report.fileBytes() / MEGA,
                seconds,
                report.memoryBytes() / MEGA / seconds);
    }
}
