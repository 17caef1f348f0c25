package dev.moat.api.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.api.swap.StateRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SeekableFileUpgradeTest {
    private static final String SEEKABLE = "dev.moat.api.vfs.SeekableFile.";
    private static final String TEXT = "dev.moat.api.vfs.GeneratedFile.text";

    @Test
    void positionAndLock_belongToTheBase() {
        assertEquals(
                Map.of(SEEKABLE + "position", 7L, SEEKABLE + "positionLock", "held", "inode", "i"),
                upgraded(Map.of("position", 7L, "lock", "held", "inode", "i")));
        assertEquals(
                Map.of(SEEKABLE + "position", 7L, SEEKABLE + "positionLock", "held"),
                upgraded(Map.of("position", 7L, "positionLock", "held")));
    }

    @Test
    void text_isKept_underWhateverName() {
        byte[] made = {65};
        assertEquals(Map.of(TEXT, made), upgraded(Map.of("content", made)));
        assertEquals(Map.of(TEXT, made), upgraded(Map.of("text", made)));
    }

    @Test
    void textThatWasNotMade_isNone() {
        Map<String, @Nullable Object> none = new HashMap<>();
        none.put(TEXT, null);
        assertEquals(none, upgraded(Map.of("content", new byte[0])));
    }

    private static Map<String, @Nullable Object> upgraded(Map<String, Object> fields) {
        StateRecord upgraded =
                new SeekableFileUpgrade()
                        .upgrade(new StateRecord("File", 1, new HashMap<>(fields)));
        assertEquals(2, upgraded.version());
        return upgraded.fields();
    }
}
