package dev.moat.shell;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SubsystemInfo;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** The table that {@code bundles} prints. */
final class BundleTable {
    private static final String FORMAT = "%-12s %-14s %-28s %-18s %s";

    private BundleTable() {}

    static List<String> lines(List<Sandbox> sandboxes) {
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());
        var lines = new ArrayList<String>();
        lines.add(FORMAT.formatted("SANDBOX", "SUBSYSTEM", "BUNDLE", "VERSION", "SINCE"));
        for (Sandbox sandbox : sandboxes) {
            for (SubsystemInfo part : sandbox.subsystems()) {
                lines.add(
                        FORMAT.formatted(
                                sandbox.name(),
                                part.name(),
                                part.bundle(),
                                part.version(),
                                time.format(Instant.ofEpochMilli(part.sinceNs() / 1_000_000))));
            }
        }
        return lines;
    }
}
