package dev.moat.shell;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** The table that {@code bundles} prints. */
final class BundleTable {
    private static final String FORMAT = "%-12s %-16s %-26s %-24s %-19s %6s";

    private BundleTable() {}

    static List<String> lines(List<Sandbox> sandboxes, Revisions revisions) {
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());
        var lines = new ArrayList<String>();
        lines.add(FORMAT.formatted("SANDBOX", "SUBSYSTEM", "BUNDLE", "VERSION", "SINCE", "LEASES"));
        for (Sandbox sandbox : sandboxes) {
            sandbox.leases()
                    .uses()
                    .forEach((subsystem, use) ->
                            lines.add(
                                    FORMAT.formatted(
                                            sandbox.name(),
                                            subsystem,
                                            use.revision().symbolicName(),
                                            use.revision().version(),
                                            time.format(
                                                    Instant.ofEpochMilli(
                                                            use.sinceNs() / 1_000_000)),
                                            revisions.holders(use.revision()).size())));
        }
        return lines;
    }
}
