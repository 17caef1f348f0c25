package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Use;
import dev.moat.itests.kernel.Programs.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** Sandboxes of one kernel host: results, isolation, limits, life cycle. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class SandboxIT {
    private static final int SANDBOXES = 100;

    @Inject SandboxManager manager;

    @Inject Platform platform;

    @Inject BundleContext context;

    @Inject Revisions revisions;

    @Before
    public void needPlatform() {
        Platform.Availability answer = platform.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
    }

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void aProgramRunsAndItsOutputAndCodeComeBack() throws Exception {
        Outcome outcome = new Programs(manager).run("/bin/sh", "-c", "echo $((6*7)); exit 3");
        assertEquals("42\n", outcome.output());
        assertEquals(ExitStatus.exited(3), outcome.status());
    }

    @Test
    public void theFirstProcessIsPidOne() throws Exception {
        assertEquals("1\n", new Programs(manager).run("/bin/sh", "-c", "echo $$").output());
    }

    @Test
    public void writesDoNotReachTheHost() throws Exception {
        Path file = Path.of("/tmp/moat-it-written-" + ProcessHandle.current().pid());
        Outcome outcome =
                new Programs(manager).run("/bin/sh", "-c", "echo x > " + file + " && cat " + file);
        assertEquals("x\n", outcome.output());
        assertTrue(Files.notExists(file));
    }

    @Test
    public void belowItsMountsNothingOfTheHostShows() throws Exception {
        Outcome outcome =
                new Programs(manager)
                        .run(
                                "/bin/sh",
                                "-c",
                                "cd /; umount /dev/pts /dev/shm /sys/fs/cgroup; umount /dev/mqueue;"
                                        + " for d in dev proc sys tmp; do umount /$d || exit 1; done;"
                                        + " for d in dev proc sys tmp; do echo $d/*; done;"
                                        + " mkdir dev/own && echo dev/*");
        assertEquals("dev/*\nproc/*\nsys/*\ntmp/*\ndev/own\n", outcome.output());
    }

    @Test
    public void itsBundlesAreThoseOfTheFramework() throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output), Long.MAX_VALUE, "/bin/sleep", "100"));
        try {
            Map<String, Use> uses = sandbox.leases().uses();
            assertTrue(
                    uses.keySet().toString(),
                    uses.keySet()
                            .containsAll(
                                    List.of(
                                            "mm",
                                            "task",
                                            "vfs",
                                            "syscall",
                                            "platform:" + sandbox.platformName(),
                                            "loader",
                                            "net",
                                            "fs:overlay",
                                            "fs:proc")));
            for (Use use : uses.values()) {
                Bundle bundle = context.getBundle(use.revision().id());
                assertEquals(
                        use.revision().toString(),
                        bundle.getSymbolicName() + " " + bundle.getVersion());
                assertTrue(use.sinceNs() <= sandbox.startedAtNs());
                assertEquals(List.of(sandbox.name()), revisions.holders(use.revision()));
            }
            sandbox.kill();
            for (Use use : uses.values()) {
                assertEquals(List.of(), revisions.holders(use.revision()));
            }
        } finally {
            sandbox.kill();
            Files.delete(output);
        }
    }

    @Test
    public void aSignalThatKillsIsReported() throws Exception {
        Outcome outcome =
                new Programs(manager).run("/bin/sh", "-c", "sh -c 'kill -SEGV $$'; echo $?");
        assertTrue(outcome.output(), outcome.output().endsWith("139\n"));
    }

    @Test
    public void aMissingProgramIsRefusedAsDockerDoes() {
        SandboxException refused =
                assertThrows(
                        SandboxException.class,
                        () ->
                                manager.start(
                                        Programs.spec(
                                                Stdio.Inherit.OWN,
                                                Long.MAX_VALUE,
                                                "/no/such/program")));
        assertEquals(127, refused.exitCode());
        SandboxException directory =
                assertThrows(
                        SandboxException.class,
                        () ->
                                manager.start(
                                        Programs.spec(Stdio.Inherit.OWN, Long.MAX_VALUE, "/etc")));
        assertEquals(126, directory.exitCode());
        assertTrue(manager.sandboxes().isEmpty());
    }

    @Test
    public void aKilledSandboxLeavesNoProcess() throws Exception {
        long before = ProcessHandle.current().descendants().count();
        Path output = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                "while :; do :; done"));
        assertEquals(List.of(sandbox), manager.sandboxes());
        sandbox.kill();
        assertEquals(9, sandbox.exited().get(60, TimeUnit.SECONDS).signal());
        assertTrue(manager.sandboxes().isEmpty());
        assertEquals(before, ProcessHandle.current().descendants().count());
        Files.delete(output);
    }

    @Test
    public void aHundredSandboxesLiveInOneKernelHost() throws Exception {
        List<Sandbox> running = new ArrayList<>();
        Path outputs = Files.createTempDirectory("moat-it");
        try {
            for (int i = 0; i < SANDBOXES; i++) {
                running.add(
                        manager.start(
                                Programs.spec(
                                        new Stdio.LogFile(outputs.resolve("" + i)),
                                        Long.MAX_VALUE,
                                        "/bin/sh",
                                        "-c",
                                        "read up rest < /proc/uptime; echo $$; exec sleep 1000")));
            }
            for (int i = 0; i < SANDBOXES; i++) {
                awaitText(outputs.resolve("" + i), "1\n");
            }
            assertEquals(SANDBOXES, manager.sandboxes().size());
            for (Sandbox sandbox : running) {
                assertEquals(1, sandbox.tasks().taskCount());
                sandbox.kill();
            }
            for (Sandbox sandbox : running) {
                assertEquals(9, sandbox.exited().get(60, TimeUnit.SECONDS).signal());
            }
            assertTrue(manager.sandboxes().isEmpty());
        } finally {
            running.forEach(Sandbox::kill);
            for (int i = 0; i < SANDBOXES; i++) {
                Files.deleteIfExists(outputs.resolve("" + i));
            }
            Files.delete(outputs);
        }
    }

    private static void awaitText(Path file, String text) throws Exception {
        for (int i = 0;
                i < 3000 && !(Files.exists(file) && Files.readString(file).equals(text));
                i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertEquals(text, Files.readString(file));
    }
}
