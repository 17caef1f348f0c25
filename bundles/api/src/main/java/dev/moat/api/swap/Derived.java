package dev.moat.api.swap;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a field of a {@link Stateful} class that is not carried over: a cache, or something that
 * the class makes again from its other fields in {@link Restorable#restored}. Until then it is null
 * or zero. Where the object stays, because another bundle is swapped, so does the field; references
 * in it are exchanged as in any other.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Derived {
    /** How it comes back, in a few words. */
    String value();
}
