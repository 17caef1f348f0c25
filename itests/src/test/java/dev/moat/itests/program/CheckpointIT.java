package dev.moat.itests.program;

import static dev.moat.itests.program.MoatRun.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.itests.program.MoatRun.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes that are written to a file and go on in another kernel host. */
class CheckpointIT {
    private static final int KILLED = 137;
    private static final int LIMIT_SECONDS = 500;
    private static final Path PYTHON = Path.of("/usr/bin/python3");

    /** Also the directory of control sockets, so that tests see only their own. */
    @TempDir Path directory;

    private Path file;

    @BeforeAll
    static void needPlatform() throws Exception {
        String platforms = MoatRun.of(MoatRun.PROGRAM, "platforms").output();
        Assumptions.assumeTrue(platforms.contains(" available"), "skipped: " + platforms);
    }

    @BeforeEach
    void prepare() throws IOException {
        file = directory.resolve("box.ckpt");
        Files.writeString(directory.resolve("hostfile"), "hello host file");
    }

    @Test
    void pythonInTheMiddleOfAComputation_restored_finishesWithTheRightAnswer() throws Exception {
        computeOn("", "");
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void computationOfOnePlatform_goesOnOnTheOther() throws Exception {
        String platforms = MoatRun.of(MoatRun.PROGRAM, "platforms").output();
        long available = platforms.lines().filter(line -> line.contains(" available")).count();
        Assumptions.assumeTrue(available > 1, "skipped: " + platforms);
        computeOn("--platform=ptrace", "--platform=trap");
        computeOn("--platform=trap", "--platform=ptrace");
    }

    @Test
    void machineWithSmallerFloatingPointStates_isTold() throws Exception {
        write("box", "sleep 60");
        byte[] whole = Files.readAllBytes(file);
        Matcher size =
                Pattern.compile("\"xsave\":(\\d+)")
                        .matcher(new String(whole, StandardCharsets.ISO_8859_1));
        assertTrue(size.find(), "the manifest tells the size");
        // XSAVE's legacy region and header are 576 bytes: no state of x86-64 is smaller
        assertTrue(Integer.parseInt(size.group(1)) >= 576, size.group());
        for (int at = size.start(1); at < size.end(1); at++) {
            whole[at] = '9';
        }
        sealManifest(whole);
        String digits = "9".repeat(size.group(1).length());
        assertRefused(
                "its floating-point states have %s bytes, this CPU's have %s"
                        .formatted(digits, size.group(1)),
                whole);
    }

    /** Brings the checksum of a manifest that was altered up to date. */
    private static void sealManifest(byte[] whole) {
        ByteBuffer content = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        int block = find(whole, "MANI") + 4;
        int raw = content.getInt(block);
        int stored = content.getInt(block + 4);
        ByteBuffer place = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        place.putInt(content.getInt(block - 4)).putInt(0).putInt(raw).putInt(stored).flip();
        CRC32C sum = new CRC32C();
        sum.update(place);
        sum.update(whole, block + 12, stored);
        content.putInt(block + 8, (int) sum.getValue());
    }

    private void computeOn(String platform, String other) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(PYTHON), "no python3 here");
        Path script =
                Path.of(System.getProperty("moat.root"))
                        .resolve("itests/src/test/resources/checkpoint/computation.py");
        Files.copy(
                script, directory.resolve("computation.py"), StandardCopyOption.REPLACE_EXISTING);
        String path = directory + "/computation.py";
        Running onTheHost = start(PYTHON.toString(), path, directory.toString());
        String expected = onTheHost.end(0);
        String volume = directory + ":" + directory;

        Running box =
                startMoat(
                        "run",
                        platform,
                        "--name",
                        "py",
                        "-v",
                        volume,
                        "--",
                        PYTHON.toString(),
                        path,
                        directory.toString());
        box.await("ready\n");
        Answer written = moat("checkpoint", "py", file.toString());
        assertEquals(0, written.code(), written.errors());
        assertTrue(written.output().contains(" objects and "), written.output());
        String before = box.end(KILLED);
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
        String after = startMoat("restore", other, file.toString()).end(0);

        assertEquals(
                expected.replace("stopped for no time", "stopped for seconds"), before + after);
    }

    @Test
    void shellWithPipelines_writtenAgainAndAgain_losesNoLine() throws Exception {
        String count =
                "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i | sed 's/^/n/' | tee -a /tmp/log;"
                        + " sleep 0.1; done; wc -l </tmp/log";
        Running box = startMoat("run", "--name", "sh", "--", "/bin/sh", "-c", count);
        box.await("n3\n");
        Answer kept = moat("checkpoint", "--leave-running", "sh", file.toString());
        assertEquals(0, kept.code(), kept.errors());
        box.await("n8\n");
        assertEquals(0, moat("checkpoint", "sh", file.toString()).code());
        StringBuilder output = new StringBuilder(box.end(KILLED));

        Running second = startMoat("restore", "--name", "again", file.toString());
        second.await("n20\n");
        assertEquals(0, moat("checkpoint", "again", file.toString()).code());
        output.append(second.end(KILLED));
        output.append(startMoat("restore", file.toString()).end(0));

        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 60; i++) {
            expected.append('n').append(i).append('\n');
        }
        assertEquals(expected + "60\n", output.toString());
    }

    /** {@code later.c} beside the files tells how they were made; each new version adds one. */
    @Test
    void whatEarlierVersionsWrote_goesOn() throws Exception {
        Path earlier =
                Path.of(System.getProperty("moat.root"))
                        .resolve("itests/src/test/resources/checkpoint/earlier");
        List<Path> files;
        try (var listed = Files.list(earlier)) {
            files = listed.sorted().toList();
        }
        assertFalse(files.isEmpty());
        for (Path each : files) {
            Running restored = startMoat("restore", each.toString());
            assertTrue(restored.process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "hangs");
            String errors = restored.errors();
            Assumptions.assumeFalse(errors.contains("CPU"), "skipped: " + errors);
            assertEquals("", errors, each.toString());
            assertEquals("all is there\n", restored.end(0), each.toString());
        }
    }

    @Test
    void damagedFiles_areRefusedWithOneLine() throws Exception {
        write("box", "sleep 60");
        byte[] whole = Files.readAllBytes(file);
        int objects = find(whole, "OBJS");
        int memory = find(whole, "MEMO");
        for (int at : new int[] {40, memory + 100}) {
            byte[] altered = whole.clone();
            altered[at] ^= 4;
            assertRefused("damaged", altered);
        }
        for (int length : new int[] {60, objects + 50}) {
            assertRefused("is cut off", Arrays.copyOf(whole, length));
        }
        assertRefused("something follows its end", Arrays.copyOf(whole, whole.length + 1));
        assertRefused("it is no checkpoint", "no checkpoint".getBytes(StandardCharsets.UTF_8));
        assertOneLine(125, moat("restore", directory.resolve("none").toString()));
        assertOneLine(125, moat("restore", directory.toString()));
        assertOneLine(125, moat("restore", "--platform", "abacus", file.toString()));
    }

    @Test
    void changedHostFile_isRefusedByName() throws Exception {
        write("box", "exec 5<" + directory + "/hostfile; sleep 60");
        Files.writeString(directory.resolve("hostfile"), "something else");

        Answer refused = moat("restore", file.toString());

        assertOneLine(125, refused);
        assertTrue(
                refused.errors().contains(directory + "/hostfile has changed since the checkpoint"),
                refused.errors());
        Files.delete(directory.resolve("hostfile"));
        assertTrue(
                moat("restore", file.toString()).errors().contains("/hostfile cannot be opened"));
    }

    @Test
    void hostFileThatIsDeleted_keepsTheSandboxFromBeingWritten_andItGoesOn() throws Exception {
        String path = directory + "/hostfile";
        Running box =
                startMoat(
                        "run",
                        "--name",
                        "box",
                        "-v",
                        directory + ":" + directory,
                        "--",
                        "/bin/sh",
                        "-c",
                        "exec 5<" + path + "; rm " + path + "; echo ready; sleep 5; cat <&5");
        box.await("ready\n");

        Answer refused = moat("checkpoint", "box", file.toString());

        assertOneLine(125, refused);
        assertTrue(refused.errors().contains(path + " was deleted while"), refused.errors());
        assertFalse(Files.exists(file));
        assertEquals("ready\nhello host file", box.end(0));
    }

    @Test
    void kernelWithoutANeededBundle_saysWhich() throws Exception {
        write("box", "sleep 60");
        Path other = directory.resolve("distribution");
        copy(MoatRun.PROGRAM.getParent(), other);
        Files.delete(other.resolve("bundles/20-kernel/dev.moat.net.jar"));

        Answer refused = run(other.resolve("moat").toString(), "restore", file.toString());

        assertOneLine(125, refused);
        assertTrue(
                refused.errors().contains("needs the subsystem net of bundle dev.moat.net"),
                refused.errors());
    }

    @Test
    void operatorsMistakes_areAnsweredWithOneLine() throws Exception {
        assertOneLine(125, moat("checkpoint", "nobody", file.toString()));
        assertOneLine(125, moat("checkpoint", "nobody"));
        Running box = startMoat("run", "--name", "box", "--", "/bin/sh", "-c", "echo up; sleep 60");
        box.await("up\n");
        assertOneLine(125, moat("checkpoint", "box", directory + "/no/such/directory"));
        assertOneLine(125, moat("checkpoint", "box", directory.toString()));
        assertEquals(0, moat("checkpoint", "box", file.toString()).code());
        box.end(KILLED);
    }

    private void write(String name, String command) throws Exception {
        Running box =
                startMoat(
                        "run",
                        "--name",
                        name,
                        "-v",
                        directory + ":" + directory,
                        "--",
                        "/bin/sh",
                        "-c",
                        "echo up; " + command);
        box.await("up\n");
        // 'exec' and 'sleep' behind the word
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700));
        Answer written = moat("checkpoint", name, file.toString());
        assertEquals(0, written.code(), written.errors());
        box.end(KILLED);
    }

    private void assertRefused(String reason, byte[] content) throws Exception {
        Path other = Files.write(directory.resolve("other.ckpt"), content);
        Answer answer = moat("restore", other.toString());
        assertOneLine(125, answer);
        assertTrue(answer.errors().contains(reason), reason + ": " + answer.errors());
    }

    private static int find(byte[] content, String tag) {
        return new String(content, StandardCharsets.ISO_8859_1).indexOf(tag);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                if (!path.startsWith(from.resolve("cache"))) {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                }
            }
        }
    }

    private Answer moat(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(MoatRun.PROGRAM.toString()));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private Answer run(String... command) throws Exception {
        Running running = start(command);
        assertTrue(running.process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "hangs");
        return new Answer(running.process.exitValue(), running.output(), running.errors());
    }

    private Running startMoat(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(MoatRun.PROGRAM.toString()));
        // an option that is not given
        Stream.of(arguments).filter(word -> !word.isEmpty()).forEach(command::add);
        return start(command.toArray(String[]::new));
    }

    private Running start(String... command) throws IOException {
        Path output = Files.createTempFile(directory, "run", ".out");
        Path errors = Files.createTempFile(directory, "run", ".err");
        var builder =
                new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", directory.toString());
        return new Running(builder.start(), output, errors);
    }

    /** A program that runs, and what it has printed so far. */
    private record Running(Process process, Path outputFile, Path errorFile) {
        void await(String text) throws IOException {
            for (int i = 0; i < 20 * LIMIT_SECONDS && !output().contains(text); i++) {
                assertTrue(process.isAlive(), "ended: " + output() + errors());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            assertTrue(output().contains(text), output() + errors());
            // the socket is opened a moment after the start
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        }

        String end(int code) throws Exception {
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "hangs: " + output());
            assertEquals(code, process.exitValue(), output() + errors());
            return output();
        }

        String output() throws IOException {
            return Files.readString(outputFile);
        }

        String errors() throws IOException {
            return Files.readString(errorFile).replaceAll("moat: preparing .*\\n", "");
        }
    }
}
