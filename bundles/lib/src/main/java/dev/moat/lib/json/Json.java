package dev.moat.lib.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts and values: objects are maps in the order of the text, arrays lists, numbers {@code Long}
 * where they are whole and fit, else {@code Double}.
 */
public final class Json {
    private static final int FIRST_PRINTABLE = 0x20;

    private Json() {}

    /**
     * @throws JsonException {@code text} is not one JSON value
     */
    public static @Nullable Object parse(String text) {
        return new JsonParser(text).parse();
    }

    /** Gives the value in one line. */
    public static String write(@Nullable Object value) {
        StringBuilder text = new StringBuilder();
        write(value, text);
        return text.toString();
    }

    private static void write(@Nullable Object value, StringBuilder text) {
        switch (value) {
            case null -> text.append("null");
            case String string -> writeString(string, text);
            case Boolean _, Number _ -> text.append(value);
            case Map<?, ?> map -> {
                char separator = '{';
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    text.append(separator);
                    writeString(String.valueOf(entry.getKey()), text);
                    text.append(':');
                    write(entry.getValue(), text);
                    separator = ',';
                }
                text.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                char separator = '[';
                for (Object element : list) {
                    text.append(separator);
                    write(element, text);
                    separator = ',';
                }
                text.append(list.isEmpty() ? "[]" : "]");
            }
            default -> throw new IllegalArgumentException(value.getClass() + " is no JSON value");
        }
    }

    private static void writeString(String string, StringBuilder text) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char unit = string.charAt(i);
            if (unit == '"' || unit == '\\') {
                text.append('\\').append(unit);
            } else if (unit < FIRST_PRINTABLE || Character.isSurrogate(unit)) {
                text.append(String.format("\\u%04x", (int) unit));
            } else {
                text.append(unit);
            }
        }
        text.append('"');
    }
}
