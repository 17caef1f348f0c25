package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import dev.moat.itests.kernel.Programs.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * The scripts of {@code itests/scripts} with bash and the programs of this machine: what they print
 * on the host they print in a sandbox, and end with the same code.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ScriptsIT {
    private static final long LIMIT_SECONDS = 1200;

    private static final List<String> ENVIRONMENT =
            List.of("PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "LC_ALL=C.UTF-8");

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

    @Test
    public void scriptsPrintWhatTheyPrintOnTheHost() throws Exception {
        Path directory = Path.of(System.getProperty("moat.root"), "itests", "scripts").toRealPath();
        List<Path> scripts;
        try (Stream<Path> files = Files.list(directory)) {
            scripts = files.filter(file -> file.toString().endsWith(".sh")).sorted().toList();
        }
        List<String> failures = new ArrayList<>();
        Durations durations = new Durations();
        for (Path script : scripts) {
            String name = script.getFileName().toString();
            String difference = durations.of(name, () -> differenceOf(script, directory));
            if (!difference.isEmpty()) {
                // on a busy machine one of many may miss its time
                System.out.println("once more: " + name + ":\n" + difference);
                difference = durations.of(name, () -> differenceOf(script, directory));
            }
            if (!difference.isEmpty()) {
                failures.add(name + ":\n" + difference);
            }
        }
        System.out.println(durations);
        assertEquals("", String.join("\n", failures));
        assertTrue("only " + scripts.size() + " scripts", scripts.size() > 100);
    }

    /** Gives nothing for a script that prints the same on both sides. */
    private String differenceOf(Path script, Path directory) throws Exception {
        // Error messages name process ids.
        List<String> command =
                List.of("/bin/bash", "-c", "exec /bin/bash \"$0\" 2>/dev/null", script + "");
        Path output = Files.createTempFile("moat-it", ".log");
        Process onHost = start(command, output);
        String inMoat = runInMoat(directory, command);
        String wanted = finish(onHost, output);
        return wanted.equals(inMoat) ? "" : difference(wanted, inMoat);
    }

    private static Process start(List<String> command, Path output) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(output.toFile());
        builder.environment().clear();
        ENVIRONMENT.forEach(
                pair -> builder.environment().put(pair.split("=", 2)[0], pair.split("=", 2)[1]));
        return builder.start();
    }

    private static String finish(Process process, Path output) throws Exception {
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        String text = Files.readString(output, StandardCharsets.ISO_8859_1);
        Files.delete(output);
        return text + (ended ? "exit code " + process.exitValue() : "hangs");
    }

    private String runInMoat(Path directory, List<String> command) throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        SandboxSpec spec =
                new SandboxSpec(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(PLATFORM),
                        Long.MAX_VALUE,
                        "moat",
                        List.of(new Volume(directory, directory.toString(), true)),
                        new ProcessSpec(command, ENVIRONMENT, "/", ProcessSpec.User.ROOT),
                        new Stdio.LogFile(output),
                        Optional.empty());
        Outcome outcome = new Programs(manager, PLATFORM).run(spec, output, LIMIT_SECONDS);
        return outcome.output() + "exit code " + outcome.status().shellCode();
    }

    /** The first line that differs, with both sides of it. */
    private static String difference(String wanted, String got) {
        List<String> host = wanted.lines().toList();
        List<String> moat = got.lines().toList();
        int line = 0;
        while (line < Math.min(host.size(), moat.size()) && host.get(line).equals(moat.get(line))) {
            line++;
        }
        return "  line "
                + (line + 1)
                + "\n  host: "
                + (line < host.size() ? host.get(line) : "(ended)")
                + "\n  moat: "
                + (line < moat.size() ? moat.get(line) : "(ended)");
    }
}
