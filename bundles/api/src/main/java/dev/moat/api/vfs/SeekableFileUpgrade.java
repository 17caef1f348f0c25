package dev.moat.api.vfs;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For classes that kept their position, and the text that they had made, themselves in version 1.
 */
public final class SeekableFileUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        move(fields, "lock", SeekableFile.class, "positionLock");
        move(fields, "positionLock", SeekableFile.class, "positionLock");
        move(fields, "position", SeekableFile.class, "position");
        if (fields.get("content") instanceof byte[] made && made.length == 0) {
            // Nothing was read yet.
            fields.put("content", null);
        }
        move(fields, "content", GeneratedFile.class, "text");
        move(fields, "text", GeneratedFile.class, "text");
        return new StateRecord(old.type(), 2, fields);
    }

    private static void move(
            Map<String, @Nullable Object> fields, String name, Class<?> to, String field) {
        if (fields.containsKey(name)) {
            fields.put(to.getName() + "." + field, fields.remove(name));
        }
    }
}
