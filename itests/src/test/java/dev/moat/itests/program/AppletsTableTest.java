package dev.moat.itests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * {@code itests/scripts/busybox-applets.tsv} says of each applet what is run, or why nothing is.
 */
final class AppletsTableTest {
    /** Debian's has 269; far fewer would mean that the list was not read. */
    private static final int AT_LEAST = 100;

    private static Map<String, String> table() throws IOException {
        Path file =
                Path.of(
                        System.getProperty("moat.root"),
                        "itests",
                        "scripts",
                        "busybox-applets.tsv");
        Map<String, String> lines = new TreeMap<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (!line.startsWith("# ")) {
                String[] columns = line.split("\t", 2);
                assertEquals(2, columns.length, line);
                assertTrue(!columns[1].isBlank() && !columns[1].equals("-"), line);
                assertEquals(null, lines.put(columns[0], columns[1]), "twice: " + columns[0]);
            }
        }
        return lines;
    }

    private static Set<String> missing(Iterable<String> applets, Map<String, String> lines) {
        Set<String> missing = new TreeSet<>();
        for (String applet : applets) {
            if (!lines.containsKey(applet)) {
                missing.add(applet);
            }
        }
        return missing;
    }

    @Test
    void eachAppletOfThisMachine_hasALine() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "skipped: no /bin/busybox");
        Process list = new ProcessBuilder("/bin/busybox", "--list").start();
        String text = new String(list.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(list.waitFor(60, TimeUnit.SECONDS));
        List<String> applets = text.lines().toList();
        assertTrue(applets.size() >= AT_LEAST, text);
        assertEquals(Set.of(), missing(applets, table()));
    }

    @Test
    void anAppletWithoutALine_isFound() throws Exception {
        assertEquals(Set.of("nosuchapplet"), missing(List.of("cat", "nosuchapplet"), table()));
    }
}
