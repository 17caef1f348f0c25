package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleCacheTest {
    @TempDir Path root;

    private int fills;

    private void fill(Path directory) throws IOException {
        fills++;
        Files.writeString(directory.resolve("content"), "x");
    }

    private List<String> directories() throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void secondUse_findsWhatTheFirstOneFilled() throws IOException {
        var cache = new BundleCache(root, KernelUse.COMMAND, "1234");
        Path first = cache.directory(this::fill);
        assertEquals(first, cache.directory(this::fill));
        assertEquals(1, fills);
        assertEquals("x", Files.readString(first.resolve("content")));
    }

    @Test
    void newFingerprint_replacesTheOldCacheOfTheSameUse() throws IOException {
        new BundleCache(root, KernelUse.SHELL, "1").directory(this::fill);
        new BundleCache(root, KernelUse.COMMAND, "1").directory(this::fill);
        new BundleCache(root, KernelUse.COMMAND, "2").directory(this::fill);
        assertEquals(List.of("command-2", "shell-1"), directories());
    }

    @Test
    void loserOfARace_usesTheWinnersCache() throws IOException {
        var cache = new BundleCache(root, KernelUse.COMMAND, "1");
        Path directory =
                cache.directory(loser -> {
                    fill(loser);
                    cache.directory(this::fill);
                });
        assertEquals(List.of("command-1"), directories());
        assertEquals("x", Files.readString(directory.resolve("content")));
    }

    @Test
    void failureToFill_leavesNoCacheBehind() throws IOException {
        var cache = new BundleCache(root, KernelUse.COMMAND, "1");
        assertThrows(
                IOException.class,
                () ->
                        cache.directory(directory -> {
                            throw new IOException("full");
                        }));
        assertEquals(List.of(), directories());
    }
}
