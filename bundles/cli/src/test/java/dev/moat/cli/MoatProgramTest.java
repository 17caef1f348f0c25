package dev.moat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.sandbox.SandboxException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MoatProgramTest {
    @TempDir Path home;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(KernelSource kernels, String... arguments) {
        return new MoatProgram(
                        kernels,
                        new FakeHomes(home),
                        new PrintWriter(output, true),
                        new PrintWriter(errors, true))
                .execute(arguments);
    }

    private int runWithoutKernel(String... arguments) {
        return run(
                use -> {
                    throw new AssertionError("a kernel was started for " + use);
                },
                arguments);
    }

    @Test
    void noCommand_isRefusedInOneLine() {
        assertEquals(125, runWithoutKernel());
        assertEquals("moat: no command (see 'moat help')\n", errors.toString());
    }

    @Test
    void unknownCommand_isRefusedInOneLine() {
        assertEquals(125, runWithoutKernel("nonsense"));
        assertEquals(1, errors.toString().lines().count());
    }

    @Test
    void unknownOptionOfRun_pointsToTheHelpOfRun() {
        assertEquals(125, runWithoutKernel("run", "--nonsense", "--", "/bin/true"));
        assertEquals(
                "moat: Unknown option: '--nonsense' (see 'moat help run')\n", errors.toString());
    }

    @Test
    void badValue_isRefusedBeforeAKernelStarts() {
        assertEquals(125, runWithoutKernel("run", "-m", "much", "/bin/true"));
        assertEquals(
                "moat: --memory: not a size: 'much' (write a number with k, m or g)\n",
                errors.toString());
    }

    @Test
    void versionAndHelp_needNoKernel() {
        assertEquals(0, runWithoutKernel("--version"));
        assertTrue(output.toString().matches("moat \\d+\\.\\d+\\..*\n"), output.toString());
        assertEquals(0, runWithoutKernel("help", "run"));
        assertTrue(output.toString().contains("--strace-file"));
    }

    @Test
    void refusedSandbox_givesItsOwnCode() {
        KernelSource refusing =
                use -> {
                    throw new SandboxException(127, "no such program: /x");
                };
        assertEquals(127, run(refusing, "run", "/x"));
        assertEquals("moat: no such program: /x\n", errors.toString());
    }

    @Test
    void kernelThatDoesNotStart_isAnErrorOfMoat() {
        KernelSource broken =
                use -> {
                    throw new KernelException("the kernel does not start: no space\nleft");
                };
        assertEquals(125, run(broken, "platforms"));
        assertEquals("moat: the kernel does not start: no space left\n", errors.toString());
    }

    @Test
    void bug_isOneLineToo() {
        KernelSource buggy =
                use -> {
                    throw new IllegalStateException("oops");
                };
        assertEquals(125, run(buggy, "syscalls"));
        assertEquals(
                "moat: internal error: java.lang.IllegalStateException: oops\n", errors.toString());
    }

    @Test
    void assembleWithoutItsFile_pointsToItsHelp() {
        assertEquals(125, runWithoutKernel("assemble", "-o", "/tmp/kernel"));
        assertEquals(
                "moat: Missing required option: '--from=FILE' (see 'moat help assemble')\n",
                errors.toString());
    }

    @Test
    void kernelWithoutAssembler_saysSo() throws Exception {
        Path recipe = Files.writeString(home.resolve("kernel.bndrun"), "-runrequires: x\n");
        assertEquals(
                125,
                runWithoutKernel("assemble", "--from", recipe.toString(), "-o", "/tmp/kernel"));
        assertEquals(
                "moat: this kernel cannot assemble others: use the moat of the whole distribution\n",
                errors.toString());
    }

    private record FakeHomes(Path own) implements KernelHomes {
        @Override
        public Offered offered(Path home) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public Kernel start(Path home, KernelUse use) {
            throw new AssertionError("a kernel was started in " + home);
        }
    }
}
