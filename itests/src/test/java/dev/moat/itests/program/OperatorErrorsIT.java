package dev.moat.itests.program;

import static dev.moat.itests.program.MoatRun.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.itests.program.MoatRun.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the operator gets wrong is answered by the {@code moat} program with one line and the exit
 * code of Docker.
 */
class OperatorErrorsIT {
    private static final String MOAT = Path.of(System.getProperty("moat.home"), "moat").toString();

    @TempDir Path directory;

    @BeforeAll
    static void needPlatform() throws Exception {
        String platforms = moat("platforms").output();
        Assumptions.assumeTrue(platforms.contains(" available"), "skipped: " + platforms);
    }

    /** The kernel's own limit protects the host; an operator may know better. */
    @ParameterizedTest
    @CsvSource({"9000, 9000", "100, 4096"})
    void aLimitOfTasksBeyondTheKernelsOwn_raisesThat(String asked, String told) throws Exception {
        Answer answer =
                moat(
                        "run",
                        "--pids-limit",
                        asked,
                        "--",
                        "/bin/cat",
                        "/proc/sys/kernel/threads-max");
        assertEquals(0, answer.code());
        assertEquals(told, answer.output().strip());
    }

    @ParameterizedTest
    @CsvSource({
        "125, nonsense",
        "125, run",
        "125, run --nonsense -- /bin/true",
        "125, run --memory 12q -- /bin/true",
        "125, run --memory -5 -- /bin/true",
        "125, run --user bob -- /bin/true",
        "125, run --volume /tmp -- /bin/true",
        "125, run --volume /tmp:/data:rx -- /bin/true",
        "125, run --volume /no/such/place:/data -- /bin/true",
        "125, run --platform abacus -- /bin/true",
        "125, 'run --platform ptrace,patch=off -- /bin/true'",
        "125, run --rootfs /no/such/root -- /bin/true",
        "125, run --rootfs /etc/passwd -- /bin/true",
        "125, run -t -- /bin/true",
        "127, run -- /no/such/program",
        "127, run -- no-such-program",
        "126, run -- /etc",
        "126, run -- /etc/passwd",
    })
    void aMistakeGivesOneLineAndItsCode(int code, String line) throws Exception {
        assertOneLine(code, moat(line.split(" ")));
    }

    @Test
    void anEmptyFileIsNotRunnable() throws Exception {
        executable("empty", new byte[0]);
        assertOneLine(126, moat("run", "-v", directory + ":/programs", "--", "/programs/empty"));
    }

    @Test
    void aProgramOfAnotherMachineIsNotRunnable() throws Exception {
        // the head of an ELF file for AArch64: e_machine 183
        byte[] head = new byte[64];
        System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}, 0, head, 0, 7);
        head[16] = 2;
        head[18] = (byte) 183;
        head[20] = 1;
        executable("arm", head);
        assertOneLine(126, moat("run", "-v", directory + ":/programs", "--", "/programs/arm"));
    }

    @Test
    void aHostWithoutPtraceIsToldOf() throws Exception {
        Path program = directory.resolve("noptrace");
        Path source = Path.of(System.getProperty("moat.root"), "itests/programs/host/noptrace.c");
        Answer compiler = MoatRun.of(Path.of("gcc"), "-o", program.toString(), source.toString());
        assertEquals(0, compiler.code(), compiler.errors());
        Answer answer = MoatRun.of(program, MOAT, "run", "--platform", "ptrace", "--", "/bin/true");
        assertOneLine(125, answer);
        assertTrue(answer.errors().contains("PTRACE_SEIZE: "), answer.errors());
        Answer platforms = MoatRun.of(program, MOAT, "platforms");
        assertEquals(0, platforms.code());
        assertTrue(
                platforms.output().matches("(?s).*ptrace +not available: .*"), platforms.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--volume DIR:/data", "--rootfs DIR", "--volume FILE:/data"})
    void whatCannotBeReadIsNamed(String options) throws Exception {
        Path secret = Files.createDirectory(directory.resolve("secret"));
        Path file = Files.createFile(directory.resolve("file"));
        Files.setPosixFilePermissions(secret, Set.of());
        Files.setPosixFilePermissions(file, Set.of());
        try {
            List<String> command = new ArrayList<>();
            if (Files.isReadable(secret)) {
                // The superuser, without the capabilities that open everything.
                String capabilities = "-dac_override,-dac_read_search";
                command.addAll(List.of("setpriv", "--bounding-set=" + capabilities));
            }
            command.addAll(List.of(MOAT, "run"));
            command.addAll(
                    List.of(
                            options.replace("DIR", secret.toString())
                                    .replace("FILE", file.toString())
                                    .split(" ")));
            command.addAll(List.of("--", "/bin/true"));
            Answer answer =
                    MoatRun.of(
                            Path.of(command.getFirst()),
                            command.subList(1, command.size()).toArray(String[]::new));
            assertOneLine(125, answer);
            assertTrue(answer.errors().contains("cannot be read"), answer.errors());
        } finally {
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void theProgramsOwnCodeComesBack() throws Exception {
        Answer answer = moat("run", "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 7");
        assertEquals(new Answer(7, "out\n", "err\n"), answer);
        assertEquals(
                128 + 9,
                moat("run", "--", "/bin/sh", "-c", "kill -KILL $$; sh -c 'kill -KILL $$'; exit 137")
                        .code());
    }

    @Test
    void helpAndVersionNeedNoKernel() throws Exception {
        assertTrue(moat("--version").output().startsWith("moat "));
        assertTrue(moat("help", "run").output().contains("--rootfs"));
    }

    private void executable(String name, byte[] content) throws Exception {
        Path file = Files.write(directory.resolve(name), content);
        assertTrue(file.toFile().setExecutable(true));
    }

    private static Answer moat(String... arguments) throws Exception {
        return MoatRun.of(MoatRun.PROGRAM, arguments);
    }
}
