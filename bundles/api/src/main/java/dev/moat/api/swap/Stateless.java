package dev.moat.api.swap;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a class whose objects are no state of a sandbox though its objects refer to them: a swap
 * neither carries them nor looks into them. Fields that hold one are {@link Derived}; whoever owns
 * the field makes it anew when what is behind it changes.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Stateless {
    /** What it is instead, in a few words. */
    String value();
}
