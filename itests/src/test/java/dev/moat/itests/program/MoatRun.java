package dev.moat.itests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the {@code moat} program of some kernel as an operator does. */
final class MoatRun {
    /** That of the distribution that the build made. */
    static final Path PROGRAM = Path.of(System.getProperty("moat.home"), "moat");

    /** The exit code and what was printed; without the words about the start-up cache. */
    record Answer(int code, String output, String errors) {}

    private MoatRun() {}

    static Answer of(Path program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("moat-it", ".out");
        Path errors = Files.createTempFile("moat-it", ".err");
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
        assertTrue(process.waitFor(400, TimeUnit.SECONDS), "hangs");
        String words =
                Files.readString(errors, StandardCharsets.UTF_8)
                        .replaceAll("moat: preparing .*\\n", "");
        Answer answer =
                new Answer(
                        process.exitValue(),
                        Files.readString(output, StandardCharsets.UTF_8),
                        words);
        Files.delete(output);
        Files.delete(errors);
        return answer;
    }

    /** A mistake: nothing but one line on standard error, and the code. */
    static void assertOneLine(int code, Answer answer) {
        assertEquals(code, answer.code(), answer.errors());
        assertEquals("", answer.output());
        assertEquals(1, answer.errors().lines().count(), answer.errors());
        assertTrue(answer.errors().startsWith("moat: "), answer.errors());
    }
}
