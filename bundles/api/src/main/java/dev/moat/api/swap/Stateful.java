package dev.moat.api.swap;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a class whose instances hold the state of a sandbox: all fields but those marked {@link
 * Derived} are carried over when the bundle is swapped, and written to a checkpoint.
 *
 * <p>Allowed in such fields: primitives, strings, arrays, enums, records, collections and atomics
 * of the JDK, other stateful objects, classes of {@code api} and {@code abi}, and services (objects
 * that are components of their bundle), which are exchanged for the service of the new revision.
 * Records and enums need no mark. Lambdas and anonymous classes are refused: they have no name that
 * a new revision could know them by.
 *
 * <p>Fields are matched by name. A field that the new class adds keeps its default value; whoever
 * takes a field away, renames it or changes its meaning raises {@link #version} and gives an {@link
 * #upgrade}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Stateful {
    /** Version of the layout of the fields. */
    int version() default 1;

    /** How records of older versions are read; has a constructor without arguments. */
    Class<? extends StateUpgrade> upgrade() default StateUpgrade.None.class;
}
