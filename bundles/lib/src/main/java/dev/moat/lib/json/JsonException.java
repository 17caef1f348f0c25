package dev.moat.lib.json;

/** A text is no JSON, or not the JSON that was expected; the message says what is wrong. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JsonException(String message) {
        super(message);
    }
}
