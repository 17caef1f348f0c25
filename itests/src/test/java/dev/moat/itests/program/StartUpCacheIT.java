package dev.moat.itests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The start-up cache is a help, never a hindrance: it is made within a time limit. */
class StartUpCacheIT {
    @TempDir Path directory;

    private Path home;

    /** A distribution with a cache directory of its own. */
    @BeforeEach
    void linkDistribution() throws Exception {
        Path original = Path.of(System.getProperty("moat.home"));
        home = Files.createDirectory(directory.resolve("moat"));
        for (String part : List.of("lib", "bundles", "conf")) {
            Files.createSymbolicLink(home.resolve(part), original.resolve(part));
        }
        Files.copy(
                original.resolve("moat"), home.resolve("moat"), StandardCopyOption.COPY_ATTRIBUTES);
    }

    @Test
    void trainingBeyondItsTime_isGivenUpWithOneLine() throws Exception {
        List<String> words = syscalls();
        assertEquals(2, words.size(), words.toString());
        assertTrue(words.get(0).startsWith("moat: preparing the start-up cache"), words.get(0));
        assertTrue(words.get(1).contains("no start-up cache within 1 seconds"), words.get(1));
        assertEquals(List.of(), processesOfTraining(), "left behind");
        assertEquals(List.of(), syscalls(), "it is said, and tried, once");
    }

    /** Starts with one second for the cache, which no training can do with; what was said. */
    private List<String> syscalls() throws Exception {
        Path errors = directory.resolve("errors");
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("moat").toString(), "syscalls")
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(directory.resolve("output").toFile())
                        .redirectError(errors.toFile());
        builder.environment().put("MOAT_CACHE_SECONDS", "1");
        Process process = builder.start();
        assertTrue(process.waitFor(400, TimeUnit.SECONDS), "hangs");
        assertEquals(0, process.exitValue(), Files.readString(errors));
        assertTrue(Files.readString(directory.resolve("output")).contains("openat"));
        return Files.readAllLines(errors);
    }

    private List<String> processesOfTraining() {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(home.toString()))
                .toList();
    }
}
