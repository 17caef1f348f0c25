package dev.moat.loader.vdso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VdsoImageTest {
    private static final List<String> FUNCTIONS =
            List.of("clock_gettime", "gettimeofday", "time", "getcpu", "clock_getres");

    @TempDir Path directory;

    @Test
    void image_isWholePages() {
        assertEquals(0, VdsoImage.of(VdsoCode.systemCalls()).length % 4096);
    }

    @Test
    void readelf_findsSymbolsVersionsAndHashes() throws Exception {
        String text = run("readelf", "-aW");
        for (String name : FUNCTIONS) {
            assertTrue(text.contains("__vdso_" + name + "@@LINUX_2.6"), text);
        }
        assertTrue(text.contains("Library soname: [linux-vdso.so.1]"), text);
        assertTrue(text.contains("GNU_EH_FRAME"), text);
        assertFalse(text.toLowerCase().contains("warning"), text);
        assertFalse(text.contains("Error"), text);
    }

    @Test
    void readelf_decodesUnwindInformation() throws Exception {
        String text = run("readelf", "-wF");
        assertTrue(text.contains("rsp+8"), text);
        assertEquals(FUNCTIONS.size(), text.split(" FDE ", -1).length - 1, text);
    }

    @Test
    void objdump_findsSystemCallsOnly() throws Exception {
        String text = run("objdump", "-d");
        assertFalse(text.contains("(bad)"), text);
        assertTrue(text.contains("syscall"), text);
    }

    private String run(String... command) throws IOException, InterruptedException {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/" + command[0])),
                () -> "skipped: this machine has no " + command[0] + " (binutils)");
        Path file = directory.resolve("vdso.so");
        Files.write(file, VdsoImage.of(VdsoCode.systemCalls()));
        Process process =
                new ProcessBuilder(command[0], command[1], file.toString())
                        .redirectErrorStream(true)
                        .start();
        String text =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
