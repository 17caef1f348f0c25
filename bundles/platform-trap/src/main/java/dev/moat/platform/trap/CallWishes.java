package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** How system calls may come to the kernel host, besides notifications. */
record CallWishes(Patching patching, Spinning spinning) {
    /**
     * These with settings of an operator: {@code patch} and {@code spin}.
     *
     * @throws IllegalArgumentException one line: there is no such setting or value
     */
    CallWishes with(Map<String, String> settings, HostFiles files) {
        CallWishes wishes = this;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            String value = setting.getValue();
            wishes =
                    switch (setting.getKey()) {
                        case "patch" ->
                                new CallWishes(
                                        Patching.of(value(Patching.class, "patch", value), files),
                                        wishes.spinning());
                        case "spin" ->
                                new CallWishes(
                                        wishes.patching(), value(Spinning.class, "spin", value));
                        default ->
                                throw new IllegalArgumentException(
                                        "platform 'trap' has no setting '"
                                                + setting.getKey()
                                                + "'; it has: patch, spin");
                    };
        }
        return wishes;
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
