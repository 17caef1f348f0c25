package dev.moat.itests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Interactive sessions: {@code itests/run-terminal} types at {@code moat run -it} and looks at the
 * screen.
 */
class TerminalSessionsIT {
    private static final Path HOME = Path.of(System.getProperty("moat.home"), "moat");
    private static final long LIMIT_SECONDS = 900;

    private record Answer(int code, String output) {}

    @BeforeAll
    static void needPlatformAndPython() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3 here");
        String platforms = run(HOME.toString(), "platforms").output();
        Assumptions.assumeTrue(platforms.contains(" available"), "skipped: " + platforms);
    }

    @Test
    void interactiveSessionsBehaveAsOnLinux() throws Exception {
        Path script = Path.of(System.getProperty("moat.root"), "itests", "run-terminal");
        Answer answer = run("/usr/bin/python3", script.toString(), HOME.toString());
        assertEquals(0, answer.code(), answer.output());
        assertTrue(answer.output().contains("suspend_andForeground"), answer.output());
    }

    private static Answer run(String... command) throws Exception {
        Path output = Files.createTempFile("moat-it", ".out");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "hangs");
            return new Answer(
                    process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
