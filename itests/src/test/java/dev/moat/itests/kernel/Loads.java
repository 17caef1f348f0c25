package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A sandbox that runs the programs of {@code itests/loads} at the same time: a few times
 * undisturbed, which says what each prints, then in a loop.
 */
final class Loads implements AutoCloseable {
    static final List<String> NAMES =
            List.of("load-copier", "load-gcc", "load-pipeline", "load-python");
    private static final long LIMIT_SECONDS = 600;
    private static final List<String> UNDISTURBED = List.of("still1", "still2", "still3");

    private final Path shared;
    private final Path log;
    private final Sandbox sandbox;
    private final Map<String, String> expected = new TreeMap<>();

    private Loads(Path shared, Path log, Sandbox sandbox) {
        this.shared = shared;
        this.log = log;
        this.sandbox = sandbox;
    }

    /** Starts a sandbox; when this returns, each load has run undisturbed, and none runs. */
    static Loads start(SandboxManager manager) throws Exception {
        Path directory = Path.of(System.getProperty("moat.root"), "itests", "loads").toRealPath();
        Path shared = Files.createTempDirectory("moat-it-loads");
        Path log = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        new SandboxSpec(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Long.MAX_VALUE,
                                "moat",
                                List.of(
                                        new Volume(directory, "/mnt/loads", true),
                                        new Volume(shared, "/mnt/shared", false)),
                                new ProcessSpec(
                                        List.of(
                                                "/bin/bash",
                                                "/mnt/loads/drive.sh",
                                                "/mnt/loads",
                                                "/mnt/shared"),
                                        List.of("PATH=/usr/bin:/bin", "HOME=/root", "LC_ALL=C"),
                                        "/",
                                        ProcessSpec.User.ROOT),
                                new Stdio.LogFile(log),
                                Optional.empty()));
        Loads loads = new Loads(shared, log, sandbox);
        boolean started = false;
        try {
            loads.runUndisturbed();
            started = true;
        } finally {
            if (!started) {
                loads.close();
            }
        }
        return loads;
    }

    private void runUndisturbed() throws Exception {
        await("ready");
        for (String name : NAMES) {
            for (String run : UNDISTURBED) {
                String text = output(shared.resolve(name + "." + run));
                assertTrue(name + ": " + text, text.endsWith("status 0\n"));
                assertEquals(text, expected.getOrDefault(name, text));
                expected.put(name, text);
            }
        }
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** Lets the loads run in a loop. */
    void go() throws IOException {
        Files.createFile(shared.resolve("go"));
    }

    /** Lets the loads end their runs; when this returns, none of them runs. */
    void stop() throws Exception {
        Files.createFile(shared.resolve("stop"));
        await("quiet");
    }

    /** Ends the sandbox, which must succeed, and say nothing. */
    void end() throws Exception {
        Files.createFile(shared.resolve("end"));
        assertEquals(ExitStatus.exited(0), sandbox.exited().get(LIMIT_SECONDS, TimeUnit.SECONDS));
        assertEquals("", Files.readString(log));
    }

    /** Runs in the loop that ended, by load. */
    Map<String, Integer> runs() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (Path file : outputs()) {
            counts.merge(load(file), 1, Integer::sum);
        }
        return counts;
    }

    /** What runs of the loop printed that is not what the undisturbed run did. */
    List<String> differences() throws IOException {
        List<String> differences = new ArrayList<>();
        for (Path file : outputs()) {
            String text = output(file);
            if (!text.equals(expected.get(load(file)))) {
                differences.add(
                        file.getFileName()
                                + " printed:\n"
                                + text
                                + "and not:\n"
                                + expected.get(load(file)));
            }
        }
        return differences;
    }

    private List<Path> outputs() throws IOException {
        try (Stream<Path> files = Files.list(shared)) {
            return files.filter(file -> file.getFileName().toString().matches(".*\\.\\d+"))
                    .sorted()
                    .toList();
        }
    }

    private static String load(Path output) {
        return output.getFileName().toString().replaceFirst("\\..*", "");
    }

    private static String output(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private void await(String name) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!Files.exists(shared.resolve(name))) {
            assertFalse("ended: " + Files.readString(log), sandbox.exited().isDone());
            assertTrue("no " + name + " in time", System.nanoTime() < deadlineNs);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Override
    public void close() throws IOException {
        sandbox.kill();
        Files.delete(log);
        try (Stream<Path> files = Files.walk(shared)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
