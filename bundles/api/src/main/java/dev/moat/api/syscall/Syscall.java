package dev.moat.api.syscall;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method as the handler of one Linux x86-64 system call. The method takes the calling
 * {@code Task} and up to six {@code int} (low 32 bits) or {@code long} arguments and returns {@code
 * long}: a result, or a negated errno or restart code as normal traffic; other errors are thrown as
 * ErrnoException.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Syscall {
    /** Number on x86-64. */
    int nr();

    /** Linux name. */
    String name();

    Support support() default Support.FULL;

    /** What is missing; required unless {@code FULL}. */
    String note() default "";
}
