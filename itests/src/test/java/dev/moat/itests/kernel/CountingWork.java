package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a sandbox does while its bundles change: counts without end, and must not lose count. */
final class CountingWork {
    /** With a file, a pipe and child processes for each line. */
    static final String SCRIPT =
            "i=0; while :; do i=$((i+1)); echo $i >/tmp/n; cat /tmp/n | cat; sleep 0.05; done";

    /** So many lines after the last change show that the work goes on. */
    private static final int MORE = 8;

    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(120);

    private CountingWork() {}

    /** Waits until the first line is written. */
    static void awaitBegin(Path output) throws IOException {
        awaitLines(output, 1);
    }

    /** The work goes on as if nothing had happened; then it is ended. */
    static void finish(Sandbox sandbox, Path output) throws Exception {
        awaitLines(output, lines(output) + MORE);
        assertFalse("ended by itself", sandbox.exited().isDone());
        // Before the end: a shell that is just about to fork may complain of it.
        String text = Files.readString(output);
        sandbox.kill();
        sandbox.exited().get(120, TimeUnit.SECONDS);
        long whole = text.lines().count() - (text.endsWith("\n") ? 0 : 1);
        assertEquals(
                IntStream.rangeClosed(1, (int) whole)
                        .mapToObj(i -> i + "\n")
                        .collect(Collectors.joining()),
                text.substring(0, text.lastIndexOf('\n') + 1));
    }

    private static void awaitLines(Path output, long count) throws IOException {
        long deadlineNs = System.nanoTime() + LIMIT_NS;
        while (lines(output) < count && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(5_000_000);
        }
        assertTrue(lines(output) + " lines, wanted " + count, lines(output) >= count);
    }

    private static long lines(Path output) throws IOException {
        return Files.readString(output).chars().filter(c -> c == '\n').count();
    }
}
