package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateCacheTest {
    @TempDir Path root;

    private Path shared;

    @BeforeEach
    void fill() throws IOException {
        shared = Files.createDirectory(root.resolve("shell-0"));
        Files.createDirectories(shared.resolve("felix/bundle1"));
        Files.writeString(shared.resolve("felix/bundle1/info"), "one");
    }

    @Test
    void aCopyHasTheContent_andIsItsOwn() throws IOException {
        Path copy = PrivateCache.copy(shared, root);
        Files.writeString(copy.resolve("felix/bundle1/info"), "changed");
        assertEquals("one", Files.readString(shared.resolve("felix/bundle1/info")));
        Path second = PrivateCache.copy(shared, root);
        assertNotEquals(copy, second);
        assertEquals("one", Files.readString(second.resolve("felix/bundle1/info")));
    }

    @Test
    void onlyWhatNobodyUsesIsRemoved() throws IOException {
        Path used = PrivateCache.copy(shared, root);
        Path abandoned = Files.createDirectories(root.resolve("host-abandoned"));
        Files.createFile(abandoned.resolve("lock"));
        Path beingMade = Files.createDirectory(root.resolve("host-young"));
        PrivateCache.copy(shared, root);
        assertTrue(Files.exists(used.resolve("felix/bundle1/info")));
        assertFalse(Files.exists(abandoned));
        assertTrue(Files.exists(beingMade));
    }
}
