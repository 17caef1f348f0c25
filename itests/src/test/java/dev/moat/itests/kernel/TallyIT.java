package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.CheckpointService;
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
import org.ops4j.pax.exam.spi.reactors.PerMethod;

/** What docs/bundle-authors.md does: a new type of file system, and its next version, in use. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class TallyIT {
    /** A busy machine may need longer than an operator would like. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** Adds through one file that stays open, reads by name. */
    private static final String WORK =
            """
            mkdir /tmp/t
            mount -t tally none /tmp/t 2>/dev/null && echo it is there already
            echo ready
            until mount -t tally none /tmp/t 2>/dev/null; do sleep 0.1; done
            exec 3>/tmp/t/n
            while echo 1 >&3 && cat /tmp/t/n; do sleep 0.02; done
            echo an error
            """;

    private static final int ENOUGH = 5;

    @Inject SandboxManager manager;

    @Inject SwapService swaps;

    @Inject CheckpointService checkpoints;

    @Inject Platform platform;

    private Path output;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Before
    public void needPlatform() throws IOException {
        Platform.Availability answer = platform.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
        output = Files.createTempFile("moat-it", ".log");
    }

    @Test
    public void theExampleIsAddedAndReplacedWhileItIsInUse() throws Exception {
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output), Long.MAX_VALUE, "/bin/sh", "-c", WORK));
        try {
            awaitLines(1);
            assertEquals(List.of("ready"), lines());
            swaps.swap(request(List.of(), Optional.empty(), jar("tally")));
            awaitLines(ENOUGH);
            List<SwapRecord> records =
                    swaps.swap(
                            request(List.of(sandbox), Optional.of("fs:tally"), jar("tally-next")));
            assertEquals("dev.moat.example.tally 1.0.0", records.getFirst().from());
            assertEquals("dev.moat.example.tally 1.1.0", records.getFirst().to());
            assertEquals(Outcome.DONE, records.getFirst().outcome());
            awaitLines(lines().size() + ENOUGH);

            SwapException refused =
                    assertThrows(SwapException.class, () -> swaps.rollback(sandbox));
            assertTrue(refused.getMessage(), refused.getMessage().contains("TallyFile"));
            assertEquals(refused.getMessage(), 1, refused.getMessage().lines().count());
            assertEquals(Outcome.REFUSED, swaps.history(sandbox).getLast().outcome());
            awaitLines(lines().size() + ENOUGH);
            assertFalse("ended: " + Files.readString(output), sandbox.exited().isDone());
        } finally {
            sandbox.kill();
        }
        assertSumsGoOn(lines());
        Files.delete(output);
    }

    @Test
    public void aCheckpointOfTheOldVersion_isReadByTheNextOne() throws Exception {
        Path file = Files.createTempFile("moat-it", ".ckpt");
        Path second = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output), Long.MAX_VALUE, "/bin/sh", "-c", WORK));
        awaitLines(1);
        swaps.swap(request(List.of(), Optional.empty(), jar("tally")));
        awaitLines(ENOUGH);
        checkpoints.checkpoint(
                sandbox,
                file,
                new CheckpointService.Request(CheckpointService.Afterwards.END, LIMIT),
                CheckpointService.Progress.NONE);
        assertTrue(sandbox.exited().isDone());
        List<String> before = lines();
        swaps.swap(request(List.of(), Optional.empty(), jar("tally-next")));

        Sandbox back =
                checkpoints.restore(
                        file,
                        new CheckpointService.Restore(
                                Optional.empty(), Optional.empty(), new Stdio.LogFile(second)),
                        CheckpointService.Progress.NONE);

        Files.delete(output);
        output = second;
        try {
            assertEquals("1.1.0", back.leases().uses().get("fs:tally").revision().version());
            awaitLines(ENOUGH);
        } finally {
            back.kill();
        }
        List<String> all = new ArrayList<>(before);
        all.addAll(lines());
        assertSumsGoOn(all);
        Files.delete(second);
        Files.delete(file);
    }

    /**
     * One more each time, and from some time on of how many since then; nothing else. The count
     * begins at 0 if the swap came between a write and its read.
     */
    private static void assertSumsGoOn(List<String> lines) {
        int old = (int) lines.stream().filter(line -> line.matches("\\d+")).count();
        assertTrue("sums of both versions: " + lines, old >= ENOUGH - 1 && lines.size() > old + 1);
        int before = lines.get(old + 1).endsWith(" of 0") ? old + 1 : old;
        List<String> expected = new ArrayList<>(List.of("ready"));
        for (int sum = 1; sum < lines.size(); sum++) {
            expected.add(sum <= old ? "" + sum : sum + " of " + (sum - before));
        }
        assertEquals(expected, lines);
    }

    private static Request request(List<Sandbox> sandboxes, Optional<String> subsystem, URI jar) {
        return new Request(sandboxes, List.of(new Part(subsystem, jar)), LIMIT, Request.PROBATION);
    }

    private static URI jar(String module) throws IOException {
        Path directory = Path.of(System.getProperty("moat.root"), "examples", module, "target");
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file ->
                            file.getFileName().toString().matches("dev\\.moat.*[0-9T]\\.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toUri();
        }
    }

    private List<String> lines() throws IOException {
        return Files.readString(output).lines().toList();
    }

    private void awaitLines(int count) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (lines().size() < count) {
            assertTrue("only " + lines(), System.nanoTime() < deadlineNs);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
