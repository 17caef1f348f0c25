package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.itests.kernel.Programs.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.Assume;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/**
 * Guests that misbehave, {@code itests/programs/hostile}: each ends as its first lines say, another
 * sandbox of the same kernel host does not notice, and neither processes nor memory files are left.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class HostileGuestsIT {
    /** The reference platform. */
    private static final String PLATFORM = "ptrace";

    @Inject SandboxManager manager;

    @Inject BundleContext context;

    @Before
    public void needPlatform() throws Exception {
        Assume.assumeTrue(
                "skipped: no " + PLATFORM, Programs.platforms(context).contains(PLATFORM));
    }

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    /** A line of {@code itests/programs/hostile/manifest.tsv} with the program. */
    private record Guest(
            String name, long memoryBytes, int expectedCode, long seconds, String binary) {
        static Guest of(String line) {
            String[] columns = line.split("\t");
            return new Guest(
                    columns[0],
                    memoryBytes(columns[1]),
                    Integer.parseInt(columns[2]),
                    Long.parseLong(columns[3]),
                    columns[4]);
        }

        private static long memoryBytes(String options) {
            return options.equals("-")
                    ? Long.MAX_VALUE
                    : Long.parseLong(options.replaceAll("--memory (\\d+)m", "$1")) << 20;
        }
    }

    @Test
    public void misbehavingGuestsHarmNobody() throws Exception {
        List<Guest> guests = compile();
        long processes = ProcessHandle.current().descendants().count();
        long memoryFiles = memoryFiles();
        Path log = Files.createTempFile("moat-it", ".log");
        Sandbox witness =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(log),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                "while sleep 0.2; do echo well; done"));
        List<String> failures = new ArrayList<>();
        Durations durations = new Durations();
        for (Guest guest : guests) {
            long before = Files.size(log);
            Outcome outcome = durations.of(guest.name(), () -> run(guest));
            boolean asExpected = outcome.status().shellCode() == guest.expectedCode();
            if (!asExpected) {
                failures.add(guest.name() + ": " + outcome.status() + "\n" + outcome.output());
            }
            String word =
                    new Programs(manager, PLATFORM).run("/bin/sh", "-c", "echo $((6*7))").output();
            assertEquals("after " + guest.name(), "42\n", word);
            assertTrue("the witness stands still in " + guest.name(), grows(log, before));
        }
        System.out.println(durations);
        assertEquals("", String.join("\n", failures));
        assertFalse(witness.exited().isDone());
        assertEquals(
                List.of(),
                witness.collectLog().stream().filter(line -> line.contains("bug")).toList());
        witness.kill();
        assertTrue(manager.sandboxes().isEmpty());
        assertEquals(processes, ProcessHandle.current().descendants().count());
        assertEquals(memoryFiles, memoryFiles());
        Files.delete(log);
        assertTrue("only " + guests.size() + " guests", guests.size() > 10);
    }

    private Outcome run(Guest guest) throws Exception {
        return new Programs(manager, PLATFORM)
                .run(guest.memoryBytes(), guest.seconds(), guest.binary());
    }

    /** The witness speaks five times a second; a busy machine may hold it up for a while. */
    private static boolean grows(Path log, long sizeBefore) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Files.size(log) <= sizeBefore) {
            if (System.nanoTime() > deadlineNs) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    private static List<Guest> compile() throws Exception {
        Path script = Path.of(System.getProperty("moat.root"), "itests", "run-programs");
        Process compiler =
                new ProcessBuilder(script.toString(), "--hostile", "--build")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String lines = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("the programs do not compile", 0, compiler.waitFor());
        return lines.lines().map(Guest::of).toList();
    }

    /** How many memory files of sandboxes this kernel host has open. */
    private static long memoryFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(HostileGuestsIT::isMemoryFile).count();
        }
    }

    private static boolean isMemoryFile(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:moat:");
        } catch (IOException e) {
            // closed since it was listed
            return false;
        }
    }
}
