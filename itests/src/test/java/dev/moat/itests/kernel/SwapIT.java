package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Outcome;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Assume;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;

/** Bundles change under a running shell, or do not: it never notices. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class SwapIT {
    /** A busy machine may need longer than an operator would like. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private static final Duration PROBATION = Duration.ofSeconds(30);
    private static final int LINES = 60;

    /** Counts, with a file, a pipe and a child process for each line. */
    private static final String WORK =
            "i=0; while [ $i -lt "
                    + LINES
                    + " ]; do i=$((i+1)); echo $i >/tmp/n; cat /tmp/n | cat; sleep 0.05; done";

    @Inject SandboxManager manager;

    @Inject SwapService swaps;

    @Inject Revisions revisions;

    @Inject Platform platform;

    private Path output;
    private Sandbox sandbox;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Before
    public void startWork() throws Exception {
        Platform.Availability answer = platform.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
        output = Files.createTempFile("moat-it", ".log");
        sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output), Long.MAX_VALUE, "/bin/sh", "-c", WORK));
        awaitOutput();
    }

    @After
    public void end() throws IOException {
        manager.sandboxes().forEach(Sandbox::kill);
        Files.deleteIfExists(output);
    }

    @Test
    public void newSandboxesGetTheNewRevision_runningOnesKeepTheirs() throws Exception {
        swaps.swap(
                new Request(
                        List.of(),
                        List.of(new Part(Optional.empty(), RevisedJar.of("vfs").write())),
                        LIMIT,
                        PROBATION));
        assertNotEquals("7.0.0", use("vfs").version());
        Path other = Files.createTempFile("moat-it", ".log");
        Sandbox fresh =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(other), Long.MAX_VALUE, "/bin/sh", "-c", WORK));
        assertEquals("7.0.0", fresh.leases().uses().get("vfs").revision().version());
        assertEquals(List.of(fresh.name()), revisions.holders(revision(fresh, "vfs")));
        assertEquals(ExitStatus.exited(0), fresh.exited().get(120, TimeUnit.SECONDS));
        assertEquals(expected(), Files.readString(other));
        Files.delete(other);
        assertWorkIsDone();
    }

    @Test
    public void whatIsNoBundleOrDoesNotFit_isRefusedInOneLine() throws Exception {
        Path text = Files.createTempFile("moat-it", ".jar");
        Files.writeString(text, "no jar");
        assertRefused("no such file: ", URI.create("file:/no/such/file.jar"), "vfs");
        assertRefused("is no bundle: not a jar file", text.toUri(), "vfs");
        assertRefused(
                "has no Bundle-SymbolicName",
                RevisedJar.of("vfs").withoutHeader("Bundle-SymbolicName").write(),
                "vfs");
        assertRefused(
                "is no kernel bundle",
                RevisedJar.of("vfs").withoutHeader("Provide-Capability").write(),
                "vfs");
        assertRefused(
                "it needs package dev.moat.api.vfs 2.0.0 up to 3.0.0, this kernel has 1.",
                RevisedJar.of("vfs")
                        .header(
                                "Import-Package",
                                header ->
                                        header.replaceFirst(
                                                "dev\\.moat\\.api\\.vfs;version=\"[^\"]*\"",
                                                "dev.moat.api.vfs;version=\"[2,3)\""))
                        .write(),
                "vfs");
        assertRefused(
                "it needs package org.example.absent, which this kernel does not have",
                RevisedJar.of("vfs")
                        .header("Import-Package", header -> header + ",org.example.absent")
                        .write(),
                "vfs");
        assertRefused("serves vfs, not mm", RevisedJar.of("vfs").write(), "mm");
        assertRefused("has no subsystem 'vsf'", RevisedJar.of("vfs").write(), "vsf");
        assertRefused("host cannot be swapped", RevisedJar.of("host").write(), "host");
        assertTrue(
                swaps.history(sandbox).stream()
                        .allMatch(entry ->
                                entry.outcome() == Outcome.REFUSED && entry.reason().isPresent()));
        assertEquals(9, swaps.history(sandbox).size());
        assertNoTraces();
        assertWorkIsDone();
        Files.delete(text);
    }

    private void assertRefused(String reason, URI jar, String subsystem) {
        SwapException refused =
                assertThrows(SwapException.class, () -> swap(PROBATION, jar, subsystem));
        assertTrue(refused.getMessage(), refused.getMessage().contains(reason));
        assertEquals(1, refused.getMessage().lines().count());
        SwapRecord entry = swaps.history(sandbox).getLast();
        assertEquals(Outcome.REFUSED, entry.outcome());
        assertEquals(Optional.of(refused.getMessage()), entry.reason());
    }

    /** Nothing of a revision that did not make it stays installed, and nobody uses it. */
    private void assertNoTraces() {
        assertTrue(
                revisions.installed().toString(),
                revisions.installed().stream()
                        .noneMatch(revision -> revision.version().equals("7.0.0")));
        assertTrue(
                sandbox.leases().uses().values().stream()
                        .noneMatch(use -> use.revision().version().equals("7.0.0")));
    }

    private List<SwapRecord> swap(Duration probation, URI jar, String subsystem) {
        return swaps.swap(
                new Request(
                        List.of(sandbox),
                        List.of(new Part(Optional.of(subsystem), jar)),
                        LIMIT,
                        probation));
    }

    private Revision use(String subsystem) {
        return revision(sandbox, subsystem);
    }

    private static Revision revision(Sandbox of, String subsystem) {
        return of.leases().uses().get(subsystem).revision();
    }

    private void assertWorkIsDone() throws Exception {
        assertEquals(ExitStatus.exited(0), sandbox.exited().get(120, TimeUnit.SECONDS));
        assertEquals(expected(), Files.readString(output));
    }

    private static String expected() {
        return IntStream.rangeClosed(1, LINES)
                .mapToObj(i -> i + "\n")
                .collect(Collectors.joining());
    }

    private void awaitOutput() throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Files.size(output) == 0 && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
    }
}
