package dev.moat.api.swap;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of one object, free of its class.
 *
 * @param type name of its class
 * @param version {@link Stateful#version} of the class that wrote it
 * @param fields values by field name; names of fields of super classes are {@code Class.field}.
 *     Values that are objects of the bundle under swap stand there as their successors
 */
public record StateRecord(String type, int version, Map<String, @Nullable Object> fields) {}
