package dev.moat.itests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sequences of system calls must end in Moat as they end on the host: all that were finds once, and
 * some random ones of a fixed seed. {@code itests/run-differential} says how to run more.
 */
class DifferentialIT {
    private static final Path ROOT = Path.of(System.getProperty("moat.root"));

    @Test
    void cases_onHostAndInMoat_agree() throws Exception {
        assertAgree("--cases");
    }

    @Test
    void randomSequences_ofFixedSeed_agree() throws Exception {
        assertAgree("--seed", "fixed", "--count", "120", "--batch", "120", "--most", "3");
    }

    private static void assertAgree(String... options) throws Exception {
        Path output = Files.createTempFile("moat-differential", ".out");
        List<String> command =
                Stream.concat(
                                Stream.of(
                                        ROOT.resolve("itests/run-differential").toString(),
                                        "--moat",
                                        MoatRun.PROGRAM.toString()),
                                Stream.of(options))
                        .toList();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertTrue(process.waitFor(30, TimeUnit.MINUTES), "hangs");
        String told = Files.readString(output);
        Files.delete(output);
        assertEquals(0, process.exitValue(), told);
        assertTrue(told.contains(" sequences, 0 differ"), told);
    }
}
