package dev.moat.api.swap;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a field of a {@link Stateful} class whose value belongs to this kernel host and to no
 * other: a host descriptor, a host mapping, a thread, the platform's part of something. A swap
 * carries it like any field. A checkpoint leaves it out; the class is {@link Reopenable} (or {@link
 * Restorable}) then and gets it anew. Until that it is null or zero.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface HostBound {
    /** How it comes back in another kernel host, in a few words. */
    String value();
}
