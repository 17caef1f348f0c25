package dev.moat.lib.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An object with members of expected types. */
public final class JsonObject {
    private final Map<String, @Nullable Object> members;

    private JsonObject(Map<String, @Nullable Object> members) {
        this.members = members;
    }

    /** An empty object, to be filled with {@link #with}. */
    public static JsonObject create() {
        return new JsonObject(new LinkedHashMap<>());
    }

    /**
     * @throws JsonException {@code text} is no JSON object
     */
    public static JsonObject parse(String text) {
        return of(Json.parse(text));
    }

    @SuppressWarnings("unchecked") // the parser makes maps with names
    private static JsonObject of(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject((Map<String, @Nullable Object>) map);
        }
        throw new JsonException("no object");
    }

    /** Adds a member: a string, number, boolean, list, or another object; gives this object. */
    public JsonObject with(String name, Object value) {
        members.put(name, plain(value));
        return this;
    }

    public boolean has(String name) {
        return members.get(name) != null;
    }

    /**
     * @throws JsonException there is no such member, or it is of another type; as below
     */
    public String string(String name) {
        return member(name, String.class);
    }

    public long number(String name) {
        return member(name, Long.class);
    }

    public boolean flag(String name) {
        return member(name, Boolean.class);
    }

    public JsonObject object(String name) {
        return of(members.get(name));
    }

    public List<String> strings(String name) {
        List<String> strings = new ArrayList<>();
        for (Object element : member(name, List.class)) {
            if (!(element instanceof String string)) {
                throw new JsonException("'" + name + "' holds something else than strings");
            }
            strings.add(string);
        }
        return strings;
    }

    public List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : member(name, List.class)) {
            objects.add(of(element));
        }
        return objects;
    }

    /** The object in one line. */
    @Override
    public String toString() {
        return Json.write(members);
    }

    private <T> T member(String name, Class<T> type) {
        Object value = members.get(name);
        if (!type.isInstance(value)) {
            throw new JsonException("'" + name + "' is missing or of another type");
        }
        return type.cast(value);
    }

    private static Object plain(Object value) {
        return switch (value) {
            case JsonObject object -> object.members;
            case List<?> list -> list.stream().map(JsonObject::plain).toList();
            case Integer number -> (long) number;
            default -> value;
        };
    }
}
