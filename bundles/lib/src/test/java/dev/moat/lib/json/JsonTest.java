package dev.moat.lib.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** JSON texts and values. */
class JsonTest {
    @Test
    void value_writtenAndParsed_isTheSame() {
        JsonObject object =
                JsonObject.create()
                        .with("name", "a\"b\\c\n\u20ac\ud800")
                        .with("count", -7)
                        .with("long", Long.MAX_VALUE)
                        .with("half", 0.5)
                        .with("on", true)
                        .with("words", List.of("x", "y"))
                        .with("inner", JsonObject.create().with("n", 1))
                        .with("list", List.of(JsonObject.create(), JsonObject.create()));

        JsonObject parsed = JsonObject.parse(object.toString());

        assertEquals(object.toString(), parsed.toString());
        assertEquals("a\"b\\c\n\u20ac\ud800", parsed.string("name"));
        assertEquals(-7, parsed.number("count"));
        assertEquals(Long.MAX_VALUE, parsed.number("long"));
        assertEquals(List.of("x", "y"), parsed.strings("words"));
        assertEquals(1, parsed.object("inner").number("n"));
        assertEquals(2, parsed.objects("list").size());
    }

    @Test
    void texts_parsed() {
        assertEquals(
                Arrays.asList(1L, -0.25, 1e3, null, false, "\u00e9/\t"),
                Json.parse(" [ 1,-0.25 , 1e3,null,\tfalse, \"\\u00e9\\/\\t\" ] "));
        assertEquals(1e19, Json.parse("9999999999999999999"));
        assertEquals("[]", Json.write(List.of()));
    }

    @Test
    void malformedTexts_areRefused() {
        for (String text :
                List.of(
                        "",
                        "{",
                        "[1",
                        "[1,]",
                        "{\"a\":1,}",
                        "{\"a\" 1}",
                        "{a:1}",
                        "01",
                        "+1",
                        "1.",
                        "tru",
                        "\"a",
                        "\"\\x\"",
                        "\"\\u12g4\"",
                        "1 2",
                        "\"\u0001\"",
                        "{\"a\":1,\"a\":2}",
                        "--1",
                        "[".repeat(100_000))) {
            assertThrows(JsonException.class, () -> Json.parse(text), text);
        }
        assertThrows(JsonException.class, () -> JsonObject.parse("{\"a\":1}").string("a"));
        assertThrows(JsonException.class, () -> JsonObject.parse("{}").number("a"));
        assertThrows(JsonException.class, () -> JsonObject.parse("[]"));
    }
}
