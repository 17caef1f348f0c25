package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
    @TempDir Path home;

    @BeforeEach
    void fill() throws IOException {
        file("lib/a.jar");
        file("bundles/10-base/scr.jar");
        file("bundles/20-kernel/vfs.jar");
        file("bundles/20-kernel/mm.jar");
        file("bundles/20-kernel/README");
        file("bundles/30-shell/gogo.jar");
        file("bundles/unused/old.jar");
    }

    private Path file(String name) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Path written = Files.writeString(file, name);
        return Files.setLastModifiedTime(written, FileTime.fromMillis(1_000_000));
    }

    private List<String> names(KernelUse use) {
        return new Distribution(home)
                .bundles(use).stream()
                        .map(entry -> entry.startLevel() + " " + entry.jar().getFileName())
                        .toList();
    }

    @Test
    void command_getsNoShell() {
        assertEquals(List.of("10 scr.jar", "20 mm.jar", "20 vfs.jar"), names(KernelUse.COMMAND));
    }

    @Test
    void shell_getsEverything() {
        assertEquals(
                List.of("10 scr.jar", "20 mm.jar", "20 vfs.jar", "30 gogo.jar"),
                names(KernelUse.SHELL));
    }

    @Test
    void fingerprint_changesWithAnyFile() throws IOException {
        var distribution = new Distribution(home);
        String before = distribution.fingerprint(KernelUse.COMMAND);
        assertEquals(before, new Distribution(home).fingerprint(KernelUse.COMMAND));
        Files.setLastModifiedTime(home.resolve("lib/a.jar"), FileTime.fromMillis(2_000_000));
        String touched = distribution.fingerprint(KernelUse.COMMAND);
        assertNotEquals(before, touched);
        Files.delete(home.resolve("bundles/20-kernel/mm.jar"));
        assertNotEquals(touched, distribution.fingerprint(KernelUse.COMMAND));
    }
}
