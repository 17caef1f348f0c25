package dev.moat.itests.program;

import static dev.moat.itests.program.MoatRun.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.itests.program.MoatRun.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the operator gets wrong is answered by the {@code moat} program with one line and the exit
 * code of Docker.
 */
class OperatorErrorsIT {
    @TempDir Path directory;

    @BeforeAll
    static void needPlatform() throws Exception {
        String platforms = moat("platforms").output();
        Assumptions.assumeTrue(platforms.contains(" available"), "skipped: " + platforms);
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
