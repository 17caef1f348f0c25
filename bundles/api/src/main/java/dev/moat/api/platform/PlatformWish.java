package dev.moat.api.platform;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which platform an operator wants, and how it shall be set.
 *
 * @param settings by name; for {@link Platform#with}
 */
public record PlatformWish(String name, Map<String, String> settings) {
    public PlatformWish {
        settings = Map.copyOf(settings);
    }

    /** Reads what operators write: a name, and settings such as {@code trap,patch=off}. */
    public static PlatformWish parse(String text) {
        String[] parts = text.split(",", -1);
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            String[] setting = parts[i].split("=", 2);
            settings.put(setting[0], setting.length == 2 ? setting[1] : "");
        }
        return new PlatformWish(parts[0], settings);
    }

    /** As operators write it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        new TreeMap<>(settings)
                .forEach((key, value) -> text.append(',').append(key).append('=').append(value));
        return text.toString();
    }
}
