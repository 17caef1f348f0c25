package dev.moat.api.subsystem;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Requirement;

/**
 * Says on a component's class which subsystem a kernel with its bundle needs.
 *
 * <p>For the assembler only: the requirement is effective when active, so that the framework does
 * not tie bundles together that are swapped one by one.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@Repeatable(NeedsSubsystem.List.class)
@Requirement(
        namespace = Subsystem.NAMESPACE,
        filter = "(&(name=${#name})(impl=${#impl}))",
        effective = "active",
        attribute = NeedsSubsystem.CHOICE + ":=${#choice}")
public @interface NeedsSubsystem {
    /** The directive of the requirement that says who chooses. */
    String CHOICE = "choice";

    /** The best bundle there is will do. */
    String ANY = "any";

    /** There are alternatives that an operator has to choose from: nobody is taken unasked. */
    String BY_OPERATOR = "operator";

    /** Which subsystem: {@link Subsystem#NAME}. */
    String name();

    /** In which way: {@link Subsystem#IMPL}; {@code *} for any. */
    String impl() default "*";

    /** {@link #ANY} or {@link #BY_OPERATOR}. */
    String choice() default ANY;

    /** Several of them. */
    @Documented
    @Retention(RetentionPolicy.CLASS)
    @Target(ElementType.TYPE)
    @interface List {
        NeedsSubsystem[] value();
    }
}
