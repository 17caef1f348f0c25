package dev.moat.assembler;

import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.SyscallTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What was made, in words: the bundles with their reasons, sizes, system calls. */
final class Report {
    private static final int WIDTH = 110;

    private final List<String> lines = new ArrayList<>();

    /** The chosen bundles, and those left out. */
    void bundles(Resolution resolution) {
        lines.add(row("BUNDLE", "VERSION", "KB", "SUBSYSTEM", "WHY"));
        for (Resolution.Choice choice : resolution.choices()) {
            Part part = choice.part();
            lines.add(
                    row(
                            part.name(),
                            part.version(),
                            Long.toString(kilobytes(part.sizeBytes())),
                            String.join(", ", part.subsystems()),
                            choice.reason()));
        }
        lines.add("");
        wrap(
                "left out: ",
                resolution.leftOut().stream()
                        .map(part ->
                                part.subsystems().isEmpty()
                                        ? part.name()
                                        : String.join(" and ", part.subsystems()))
                        .sorted()
                        .toList());
    }

    /** How large it is, next to the distribution that it was made of. */
    void sizes(Path made, Path whole, Resolution resolution) {
        lines.add(
                "size: %d bundles of %d, %d of %d KB; with the class path %d of %d KB"
                        .formatted(
                                resolution.choices().size(),
                                resolution.choices().size() + resolution.leftOut().size(),
                                kilobytes(NewHome.sizeBytes(made, "bundles")),
                                kilobytes(NewHome.sizeBytes(whole, "bundles")),
                                total(made),
                                total(whole)));
    }

    /** What the started kernel serves, and what the bundles that were left out would have. */
    void calls(SyscallTable table, List<Part> leftOut) {
        Map<String, List<String>> served = new TreeMap<>();
        List<String> refused = new ArrayList<>();
        SortedSet<String> gone = new TreeSet<>();
        leftOut.forEach(part -> gone.addAll(DeclaredCalls.of(part)));
        for (SyscallTable.Entry entry : table.entries()) {
            gone.remove(entry.name());
            (entry.support() == Support.REFUSED
                            ? refused
                            : served.computeIfAbsent(entry.subsystem(), _ -> new ArrayList<>()))
                    .add(entry.name());
        }
        lines.add(
                "system calls: %d served"
                        .formatted(served.values().stream().mapToInt(List::size).sum()));
        served.forEach((subsystem, names) -> wrap("  " + subsystem + ": ", sorted(names)));
        wrap("  refused with Linux's errno, as in every kernel: ", sorted(refused));
        if (!gone.isEmpty()) {
            wrap("  refused with ENOSYS, being left out: ", List.copyOf(gone));
        }
    }

    void line(String line) {
        lines.add(line);
    }

    String text() {
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    private static List<String> sorted(List<String> names) {
        return names.stream().sorted(Comparator.naturalOrder()).toList();
    }

    private void wrap(String head, List<String> words) {
        var line = new StringBuilder(head);
        String indent = " ".repeat(4);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i) + (i + 1 < words.size() ? ", " : "");
            if (line.length() + word.stripTrailing().length() > WIDTH) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(indent);
            }
            line.append(word);
        }
        lines.add(words.isEmpty() ? head + "nothing" : line.toString());
    }

    private static String row(
            String name, String version, String size, String subsystem, String why) {
        return "%-28s %-8s %5s  %-24s %s"
                .formatted(name, version, size, subsystem, why)
                .stripTrailing();
    }

    private static long total(Path home) {
        return kilobytes(NewHome.sizeBytes(home, "bundles") + NewHome.sizeBytes(home, "lib"));
    }

    private static long kilobytes(long bytes) {
        return (bytes + 1023) / 1024;
    }
}
