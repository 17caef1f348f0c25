package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.SandboxManager;
import dev.moat.itests.kernel.Programs.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Assume;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/**
 * Every program of {@code itests/programs} passes on the host first, then, unchanged, in a sandbox
 * on each platform that works here.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class BehaviourProgramsIT {
    private static final long LIMIT_SECONDS = 400;

    /**
     * From then on each program runs on one platform, in turn, instead of on all: a machine that is
     * many times slower than others would take an hour.
     */
    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(5);

    @Inject SandboxManager manager;

    @Inject BundleContext context;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void whatPassesOnTheHostPassesInASandbox() throws Exception {
        List<String> failures = new ArrayList<>();
        List<String> platforms = Programs.platforms(context);
        Assume.assumeFalse("skipped: no platform works on this machine", platforms.isEmpty());
        Durations durations = new Durations();
        List<String[]> binaries = compile();
        long beganNs = System.nanoTime();
        int onOnePlatform = 0;
        for (String[] binary : binaries) {
            String name = binary[0] + " (" + binary[1] + ")";
            String hosted = name + " on the host";
            String onHost = durations.of(hosted, () -> again(hosted, () -> runOnHost(binary[2])));
            if (!onHost.isEmpty()) {
                failures.add(name + " fails on the host:\n" + onHost);
                continue;
            }
            List<String> wanted = platforms;
            if (platforms.size() > 1 && System.nanoTime() - beganNs > PATIENCE_NS) {
                wanted = List.of(platforms.get(onOnePlatform % platforms.size()));
                onOnePlatform++;
            }
            for (String platform : wanted) {
                String where = name + " on " + platform;
                String inMoat =
                        durations.of(
                                where, () -> again(where, () -> runInMoat(platform, binary[2])));
                if (!inMoat.isEmpty()) {
                    failures.add(where + ": " + inMoat);
                }
            }
        }
        System.out.println(durations);
        if (onOnePlatform > 0) {
            System.out.println(
                    "slow machine: the last "
                            + onOnePlatform
                            + " programs ran on one platform each");
        }
        assertEquals("", String.join("\n", failures));
        assertTrue("only " + binaries.size() + " programs", binaries.size() > 20);
    }

    /**
     * What fails is run once more, alone: on a busy machine a program of many may miss its time.
     */
    private static String again(String what, Callable<String> run) throws Exception {
        String first = run.call();
        if (first.isEmpty()) {
            return first;
        }
        String second = run.call();
        if (second.isEmpty()) {
            System.out.println("flake: " + what + ": " + first);
        }
        return second;
    }

    /** Gives nothing for a program that passes, else how it ended and what it printed. */
    private String runInMoat(String platform, String binary) throws Exception {
        Outcome outcome =
                new Programs(manager, platform).run(Long.MAX_VALUE, LIMIT_SECONDS, binary);
        return outcome.status().shellCode() == 0 ? "" : outcome.status() + "\n" + outcome.output();
    }

    /** Compiles what changed; gives name, kind and path of each binary. */
    static List<String[]> compile() throws Exception {
        Path script = Path.of(System.getProperty("moat.root"), "itests", "run-programs");
        Process compiler =
                new ProcessBuilder(script.toString(), "--build")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String lines = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("the programs do not compile", 0, compiler.waitFor());
        return lines.lines().map(line -> line.split("\t")).toList();
    }

    /** Gives nothing for a program that passes, else what it printed. */
    private static String runOnHost(String binary) throws Exception {
        Path output = java.nio.file.Files.createTempFile("moat-it", ".log");
        try {
            Process process =
                    new ProcessBuilder(binary)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (ended && process.exitValue() == 0) {
                return "";
            }
            process.destroyForcibly();
            return java.nio.file.Files.readString(output, StandardCharsets.ISO_8859_1);
        } finally {
            java.nio.file.Files.delete(output);
        }
    }
}
