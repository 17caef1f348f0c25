package dev.moat.swap.engine;

import dev.moat.api.swap.Derived;
import dev.moat.api.swap.IncompatibleStateException;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/**
 * A field that is carried over.
 *
 * @param name in records: the field's, with its class' before it for fields of super classes
 */
public record StateField(String name, Field field) {
    public @Nullable Object get(Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(this + " was made accessible", e);
        }
    }

    /**
     * @throws IncompatibleStateException the value is of another type
     */
    public void set(Object owner, @Nullable Object value) {
        try {
            field.set(owner, value);
        } catch (IllegalArgumentException e) {
            throw new IncompatibleStateException(
                    this + " cannot take a value of type " + typeOf(value), e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(this + " was made accessible", e);
        }
    }

    /** It is not carried, but what it leads to is exchanged while its owner stays. */
    boolean isDerived() {
        return field.isAnnotationPresent(Derived.class);
    }

    public boolean isPrimitive() {
        return field.getType().isPrimitive();
    }

    private static String typeOf(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getName();
    }

    @Override
    public String toString() {
        return field.getDeclaringClass().getName() + "." + field.getName();
    }
}
