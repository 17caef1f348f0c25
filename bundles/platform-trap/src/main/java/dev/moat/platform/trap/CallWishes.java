package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * How system calls may come to the kernel host, besides notifications.
 *
 * @param settings what an operator has set for the sandbox, as it was written
 */
record CallWishes(Patching patching, Spinning spinning, Map<String, String> settings) {
    /** What all sandboxes of the kernel host have. */
    CallWishes(Patching patching, Spinning spinning) {
        this(patching, spinning, Map.of());
    }

    /**
     * These with settings of an operator: {@code patch} and {@code spin}.
     *
     * @throws IllegalArgumentException one line: there is no such setting or value
     */
    CallWishes with(Map<String, String> wanted, HostFiles files) {
        Patching newPatching = patching;
        Spinning newSpinning = spinning;
        for (Map.Entry<String, String> setting : wanted.entrySet()) {
            String value = setting.getValue();
            switch (setting.getKey()) {
                case "patch" ->
                        newPatching = Patching.of(value(Patching.class, "patch", value), files);
                case "spin" -> newSpinning = value(Spinning.class, "spin", value);
                default ->
                        throw new IllegalArgumentException(
                                "platform 'trap' has no setting '"
                                        + setting.getKey()
                                        + "'; it has: patch, spin");
            }
        }
        return new CallWishes(newPatching, newSpinning, Map.copyOf(wanted));
    }

    private static <E extends Enum<E>> E value(Class<E> type, String setting, String value) {
        E[] values = type.getEnumConstants();
        for (E each : values) {
            if (name(each).equals(value)) {
                return each;
            }
        }
        String known = String.join(", ", Arrays.stream(values).map(CallWishes::name).toList());
        throw new IllegalArgumentException(
                "platform 'trap': " + setting + " is one of " + known + ", not '" + value + "'");
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
