package dev.moat.shell;

import dev.moat.api.swap.SwapService.SwapRecord;
import dev.moat.cli.shared.GuestStrings;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table that {@code history} and {@code swap} print. */
final class SwapTable {
    private static final String FORMAT = "%-19s %-16s %-38s %-38s %9s %8s %-11s %s";

    private SwapTable() {}

    static List<String> lines(List<SwapRecord> records) {
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());
        var lines = new ArrayList<String>();
        lines.add(
                line(
                        "WHEN",
                        "SUBSYSTEM",
                        "FROM",
                        "TO",
                        "PAUSE MS",
                        "CARRIED",
                        "OUTCOME",
                        "REASON"));
        for (SwapRecord swap : records) {
            lines.add(
                    line(
                            time.format(Instant.ofEpochMilli(swap.atNs() / 1_000_000)),
                            swap.subsystem(),
                            swap.from(),
                            swap.to(),
                            "%.1f".formatted(swap.pauseNs() / 1e6),
                            Long.toString(swap.carriedObjects()),
                            swap.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                            GuestStrings.display(swap.reason().orElse(""))));
        }
        return lines;
    }

    private static String line(Object... columns) {
        return FORMAT.formatted(columns).stripTrailing();
    }
}
