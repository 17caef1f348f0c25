package dev.moat.assembler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.cli.KernelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewHomeTest {
    @TempDir private Path directory;

    private Path distribution() throws Exception {
        Path home = directory.resolve("distribution");
        Files.createDirectories(home.resolve("lib/native"));
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("assembler"));
        Files.writeString(home.resolve("lib/native/a.so"), "12345");
        Files.writeString(home.resolve("lib/b.jar"), "123");
        Files.writeString(home.resolve("assembler/c.jar"), "1");
        Files.writeString(home.resolve("moat"), "#!/bin/sh\n");
        assertTrue(home.resolve("moat").toFile().setExecutable(true));
        return home;
    }

    @Test
    void keptHome_isADistribution() throws Exception {
        Path home = directory.resolve("a/b");
        Path recipe = Files.writeString(directory.resolve("r.bndrun"), "");
        try (NewHome made = NewHome.in(home)) {
            made.write(distribution(), recipe, List.of());
            made.writeReport("report");
            made.keep();
        }
        assertTrue(Files.isExecutable(home.resolve("bin/moat")));
        assertTrue(Files.exists(home.resolve("kernel.bndrun")));
        assertEquals("report", Files.readString(home.resolve("kernel.txt")));
        assertFalse(Files.exists(home.resolve("assembler")));
        assertEquals(8, NewHome.sizeBytes(home, "lib"));
    }

    @Test
    void failedHome_leavesNothing() throws Exception {
        Path fresh = directory.resolve("fresh");
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Path recipe = Files.writeString(directory.resolve("r.bndrun"), "");
        for (Path home : List.of(fresh, empty)) {
            try (NewHome made = NewHome.in(home)) {
                made.write(distribution(), recipe, List.of());
            }
        }
        assertFalse(Files.exists(fresh));
        assertTrue(Files.isDirectory(empty));
        assertEquals(0, empty.toFile().list().length);
    }

    @Test
    void usedDirectoryOrFile_isRefused() throws Exception {
        Path used = Files.createDirectory(directory.resolve("used"));
        Path file = Files.writeString(used.resolve("file"), "");
        assertEquals(
                "-o: the directory is not empty: " + used,
                assertThrows(KernelException.class, () -> NewHome.in(used)).getMessage());
        assertEquals(
                "-o: not a directory: " + file,
                assertThrows(KernelException.class, () -> NewHome.in(file)).getMessage());
        assertTrue(Files.exists(file));
    }
}
