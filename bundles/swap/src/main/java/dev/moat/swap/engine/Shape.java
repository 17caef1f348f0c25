package dev.moat.swap.engine;

import java.lang.reflect.Constructor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the engine knows of a class.
 *
 * @param kind how its instances are treated
 * @param fields fields that may hold references, for objects and records; also derived ones, which
 *     matter where the object itself stays
 * @param allFields all carried fields, for objects
 * @param version of the layout
 * @param maker makes an instance without running a constructor, for objects; the canonical
 *     constructor, for records
 */
public record Shape(
        Class<?> type,
        Kind kind,
        List<StateField> fields,
        List<StateField> allFields,
        int version,
        @Nullable Constructor<?> maker) {
    /** How instances are treated. */
    public enum Kind {
        /** Carried as they are; nothing in them can lead to an object that is replaced. */
        LEAF,
        /** Objects with fields. */
        OBJECT,
        RECORD,
        ENUM,
        /** Arrays of references. */
        ARRAY,
        /** Collections, maps, atomics and optionals of the JDK. */
        CONTAINER,
        /** Lambdas: they may stay, but nothing of what they captured may be replaced. */
        LAMBDA,
        /** JDK classes that nobody knows how to look into. */
        UNKNOWN
    }
}
